import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatYaml } from './format.js'
import { rulesOf } from './rules.fixture.js'
import { parseYaml } from './yaml.js'

const formatted = (text: string): string => {
  const result = formatYaml(text)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.text
}

const valueOf = (text: string): unknown => {
  const parsed = parseYaml(text)
  return parsed.ok ? parsed.file.value : parsed.problems
}

const UNTIDY = `# top

rules:
-   name: "a"   # why
    condition: {all: [{field: action.payload.x,   eq: +1.50}, {call: has_active_event, args: ['payload.x',payload.y]}]}



    # before the action
    action:
          type:   suppress
    # after a
- name: b
  condition: >-
      action.payload.x > 3 &&
      action.payload.y == "a # b"

  # before the verdict
  action: {type: reroute,
    target_provider: slack} # why slack
- name: c
  description: one
        and two
  condition:
         all: [{field: action.payload.severity, in: [critical, high]}, {field: action.payload.p99_ms, gt: 2000}, {not: {field: action.tenant, eq: acme}}]
  action: &quiet
    type: suppress
- {name: d, action: *quiet}
# the end`

const TIDY = `# top

rules:
  - name: "a" # why
    condition: { all: [{ field: action.payload.x, eq: +1.50 }, { call: has_active_event, args: ['payload.x', payload.y] }] }

    # before the action
    action:
      type: suppress
    # after a
  - name: b
    condition: >-
      action.payload.x > 3 &&
      action.payload.y == "a # b"

    # before the verdict
    action: { type: reroute, target_provider: slack } # why slack
  - name: c
    description: one
      and two
    condition:
      all:
        [
          { field: action.payload.severity, in: [critical, high] },
          { field: action.payload.p99_ms, gt: 2000 },
          { not: { field: action.tenant, eq: acme } }
        ]
    action: &quiet
      type: suppress
  - { name: d, action: *quiet }

# the end
`

describe('a rule file that is laid out', () => {
  it('has two spaces a level, its comments, and every value as it was written', () => {
    expect(formatted(UNTIDY)).toBe(TIDY)
  })

  it('stays as it is the next time', () => {
    expect(formatted(TIDY)).toBe(TIDY)
  })

  it('says what it said: the same rules, by their hashes', () => {
    const rulesIn = (text: string): unknown[] =>
      rulesOf(text).rules.map(({ name, hash, condition, config }) => [name, hash, condition.display, config])
    expect(rulesIn(TIDY)).toEqual(rulesIn(UNTIDY))
    const files = ['examples', 'scripts'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => /rules[/\\][^/\\]*\.yaml$/.test(path))
        .map((path) => join(folder, path)),
    )
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      // Further in, further out, and with lists beside their names, as other people write.
      const text = readFileSync(file, 'utf8')
      const once = formatted(text)
      for (const other of [text.replace(/^ /gm, '    '), text.replace(/^ {2}/gm, ''), text.replaceAll('\n', '\n\n')])
        expect([file, valueOf(formatted(other))]).toEqual([file, valueOf(text)])
      expect([file, formatted(once)]).toEqual([file, once])
    }
  })

  it('keeps what a quote says, numbers, blocks and empty values to the letter', () => {
    for (const value of [
      "'payload.x'",
      '"a\\tb"',
      '1e3',
      '0x1F',
      '2.0',
      '~',
      "''",
      '|\n      a\n        b\n\n      c',
      '|+\n      a\n\n',
      '>2\n        a\n      b',
      '"a\n      b\n\n      c"',
    ]) {
      const text = `rules:\n  - name: a\n    description: ${value}\n    enabled:\n`
      expect(formatted(text)).toBe(text)
    }
  })

  it('is its comments where it has nothing else', () => {
    expect(formatted('\n# one\n\n#   two\n\n')).toBe('# one\n\n#   two\n')
    expect(formatted('')).toBe('\n')
  })

  it('is refused with the place where it is broken', () => {
    expect(formatYaml('rules:\n  - name: [a\n')).toMatchObject({
      ok: false,
      problems: [{ line: 3, message: expect.stringContaining('end with a ]') }],
    })
    expect(formatYaml(`# ${'x'.repeat(262_144)}`)).toMatchObject({ ok: false, problems: [{ line: 0 }] })
    expect(formatYaml('rules: []\nrules: []\n')).toMatchObject({ ok: false, problems: [{ line: 2 }] })
  })
})
