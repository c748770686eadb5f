import { describe, expect, it } from 'vitest'
import {
  changeSentence,
  changesSentence,
  concerned,
  deletionSentence,
  exampleOf,
  foresee,
  inputOf,
  monthOr,
  ordinal,
  otherwise,
  partNotes,
  quietFor,
  readObject,
  ruleLines,
  rulesSentence,
  type Rule,
} from './words.ts'

const rule = (name: string, enabled = true): Rule => ({
  name,
  enabled,
  priority: 1,
  description: null,
  switched: null,
  condition: 'always',
  finding: null,
  verdict: 'suppress',
  file: 'rules.yaml',
  line: 1,
})

describe('the words about rules', () => {
  it('count those that decide apart from those that are off', () => {
    expect(rulesSentence([rule('a')])).toBe('One rule decides.')
    expect(rulesSentence([rule('a'), rule('b'), rule('c', false)])).toMatch(/^2 rules decide.* One is off\.$/)
  })

  it('stand behind the lines of conditions: of what combines others only where none of these is on its line', () => {
    const part = (kind: 'all' | 'not' | 'field', line: number, looked_at: number, passed: number, was?: number) => ({
      ...{ kind, part: kind, line, column: 1, looked_at, passed },
      before: was === undefined ? null : { looked_at, passed: was },
    })
    const parts = [
      part('all', 3, 1_000, 5, 5),
      part('not', 4, 1_000, 9),
      part('all', 4, 1_000, 9),
      part('field', 5, 1_000, 40, 12),
      part('not', 6, 40, 30),
      part('field', 6, 40, 10, 10),
      part('field', 6, 30, 2, 3),
      part('field', 7, 0, 0),
    ]
    expect(partNotes([{ name: 'a', file: 'a.yaml', revision: 'r', parts }])).toEqual([
      { line: 3, text: '5 of 1,000', changes: false },
      { line: 4, text: '9 of 1,000', changes: false },
      { line: 5, text: '12 → 40 of 1,000', changes: true },
      { line: 6, text: '10 of 40 · 3 → 2 of 30', changes: true },
      { line: 7, text: 'not looked at', changes: false },
    ])
  })

  it('number places as people do', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 111].map(ordinal)).toEqual([
      ...['first', 'second', 'third', '4th', '11th', '12th', '13th', '21st', '22nd', '111th'],
    ])
  })

  it('foresee where an action goes, and who decides', () => {
    expect(foresee('allow', null, 'email', 'email')).toEqual({
      sentence: 'No rule matches: it would be sent to email.',
      tone: 'delivered',
      target: 'email',
    })
    expect(foresee('reroute', 'night', 'pager', 'email').sentence).toBe(
      'The rule night decides: it would be sent to pager instead of email.',
    )
    expect(foresee('suppress', 'quiet', 'email', 'email')).toMatchObject({ tone: 'held', target: null })
    expect(foresee('group', 'by-cluster', 'email', 'email')).toMatchObject({ tone: 'waiting', target: null })
  })

  it('say which gate an action would have to pass, or does not', () => {
    expect(foresee('throttle', 'limit', 'email', 'email', null, ['limit']).sentence).toContain(
      'if limit lets it through',
    )
    expect(foresee('throttle', 'limit', 'email', 'email', 'limit')).toMatchObject({ tone: 'held', target: null })
  })

  it('say what is wrong with a text, and take objects alone', () => {
    expect(readObject('{"a": 1}')).toEqual({ value: { a: 1 } })
    expect(readObject('[1]')).toEqual({ problem: 'An object in braces is expected.' })
    expect(readObject('{')).toMatchObject({ problem: expect.stringContaining('no JSON yet') as string })
  })

  it('take the content of a past action, neither its id nor what is empty', () => {
    const sent = { ...exampleOf({ tenant: 'acme' }), id: 'a-1', created_at: 'now', metadata: {}, dedup_key: null }
    expect(inputOf(sent)).toEqual(exampleOf({ tenant: 'acme' }))
  })

  it('tell what publishing would change', () => {
    expect(changesSentence({ added: [], changed: ['a'], removed: ['b', 'c'] })).toBe(
      '1 rule would change: a; 2 rules would be gone: b, c.',
    )
    expect(changesSentence({ added: [], changed: [], removed: [] })).toBe('It is valid, and no rule would differ.')
  })
})

describe('the words about deleting a file', () => {
  const check = (removed: string[], rules: number) => ({
    ...{ valid: true, problems: [], findings: [], rules, version: 'v', files: [] },
    changes: { added: [], changed: [], removed },
  })
  const kept = { text: 'rules:', recorded: true }

  it('name the rules that stop deciding, and say whether the text is kept', () => {
    const keeps = 'The history keeps the text of the file, with secrets masked.'
    expect(deletionSentence(check(['a'], 3), kept)).toBe(`1 rule stops deciding: a. ${keeps}`)
    expect(deletionSentence(check(['a', 'b'], 0), kept)).toBe(`2 rules stop deciding: a, b. No rule is left. ${keeps}`)
    const lost = 'No rule of it runs. The text of the file is not kept anywhere here.'
    expect(deletionSentence(check([], 3), { text: 'rules:', recorded: false })).toBe(lost)
    expect(deletionSentence(check([], 3), { text: '#'.repeat(131_073), recorded: true })).toBe(lost)
  })

  it('say why it stays where the other files are not valid', () => {
    const problems = [{ file: 'b.yaml', line: 1, column: 1, message: 'is no YAML' }]
    expect(deletionSentence({ ...check([], 0), valid: false, rules: null, problems }, kept)).toBe(
      'It cannot be deleted, because the other files are not valid: b.yaml: is no YAML.',
    )
  })
})

describe('the words about changes and about quiet', () => {
  const change = {
    ...{ id: '1', at: '', by: 'alice', method: 'login', before: 'a', after: 'b', message: null, rules_version: null },
    ...{ kind: 'published' as const, path: 'a.yaml', switched: null },
    rules: { added: ['x'], changed: ['y', 'z'], removed: [] },
  }

  it('say who did what to which rules', () => {
    expect(changeSentence(change)).toBe('alice published a.yaml')
    expect(changeSentence({ ...change, before: null })).toBe('alice added a.yaml')
    expect(changeSentence({ ...change, after: null })).toBe('alice deleted a.yaml')
    const switched = { ...change, kind: 'switched' as const, rules: { added: [], changed: ['y'], removed: [] } }
    expect(changeSentence({ ...switched, switched: false })).toBe('alice switched y off')
    expect(changeSentence(switched)).toBe('alice took the switch of y back')
    expect(concerned(change.rules)).toBe('changed y, z; added x')
    expect(concerned({ added: [], changed: [], removed: [] })).toBe('no rule differs')
  })

  it('call a rule quiet only over days that there were', () => {
    const of = (oldest: string | null) => ({ scanned_to: '2026-01-31T00:01:00Z', oldest })
    expect(monthOr(of(null))).toBe('30 days')
    expect(monthOr(of('2026-01-20T00:00:00Z'))).toBe('11 days')
    expect(monthOr(of('2026-01-30T00:00:00Z'))).toBe('24 hours')
    const coverage = (oldest: string) => ({ ...of(oldest), unmatched_rules: ['a'] }) as Parameters<typeof quietFor>[1]
    expect(quietFor('a', coverage('2026-01-20T00:00:00Z'))).toBe('matched nothing in 11 days')
    expect(quietFor('b', coverage('2026-01-20T00:00:00Z'))).toBeUndefined()
    expect(quietFor('a', coverage('2026-01-30T00:00:00Z'))).toBeUndefined()
  })

  it('find the line on which each rule is named', () => {
    const text = 'rules:\n  - name: a # why\n    name: no\n  - name: "b c"\n- name: \'d\'\n'
    expect(ruleLines(text)).toEqual([
      { name: 'a', line: 2 },
      { name: 'b c', line: 4 },
      { name: 'd', line: 5 },
    ])
  })

  it('say which rules would look at an action otherwise', () => {
    const part = (result: boolean) => ({ part: 'payload.n gt 3', result, found: 2 })
    const now = [{ rule: 'a', result: 'not_matched' as const, verdict: 'suppress', parts: [part(false)] }]
    const then = [
      { rule: 'a', result: 'matched' as const, verdict: 'suppress', parts: [part(true)] },
      { rule: 'b', result: 'skipped' as const, verdict: 'allow' },
    ]
    expect(otherwise(now, then)).toEqual([
      { rule: 'a', was: 'does not match (payload.n gt 3, found 2)', is: 'matches' },
      { rule: 'b', was: 'not there', is: 'is not looked at' },
    ])
    expect(otherwise(now, now)).toEqual([])
  })
})
