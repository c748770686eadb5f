import { describe, expect, it } from 'vitest'
import { parseYaml } from './yaml.js'

function parsed(text: string) {
  const result = parseYaml(text)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.file
}
const problem = (text: string): string => {
  const result = parseYaml(text)
  if (result.ok) return `no problem: ${JSON.stringify(result.file.value)}`
  const [{ line, column, message }] = result.problems as [(typeof result.problems)[number]]
  return `${line}:${column}: ${message}`
}

it('the core schema holds: off and no are texts, dates are texts, numbers are numbers', () => {
  const text = 'a: [off, no, yes, true, null, ~, 2026-01-01, 0x10, 1e3, .5, 0o17, 1_000]'
  expect(parsed(text).value).toEqual({
    a: ['off', 'no', 'yes', true, null, null, '2026-01-01', 16, 1000, 0.5, 15, '1_000'],
  })
})

it('a value and a name are found at their exact places, in block and flow style, behind quotes and tabs', () => {
  const file = parsed(
    '# first\nrules:\n  - name: a\n    "action": {type:  x, deep: [1, {k: v}]}\n  -\n    name: |\n      b\n',
  )
  const place = (path: (string | number)[], of: 'name' | 'value' = 'value'): string => {
    const { line, column } = file.placeOf(path, of)
    return `${line}:${column}`
  }
  expect(place(['rules'], 'name')).toBe('2:1')
  expect(place(['rules', 0])).toBe('3:5')
  expect(place(['rules', 0, 'name'])).toBe('3:11')
  expect(place(['rules', 0, 'action'], 'name')).toBe('4:5')
  expect(place(['rules', 0, 'action', 'type'])).toBe('4:23')
  expect(place(['rules', 0, 'action', 'deep', 1, 'k'], 'name')).toBe('4:37')
  expect(place(['rules', 1, 'name'])).toBe('6:11')
  // What is not there is as near as it can be told.
  expect(place(['rules', 0, 'action', 'nothing'])).toBe('4:15')
  expect(place(['rules', 7])).toBe('3:3')
  expect(place([])).toBe('2:1')
})

it('it is known which scalars were quoted', () => {
  const file = parsed(`a: [x, 'x', "x", 1]`)
  expect([0, 1, 2, 3].map((i) => file.isQuoted(['a', i]))).toEqual([false, true, true, false])
})

describe('what is refused says where', () => {
  const laughs = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefg'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join()}]`),
  ]
  it.each([
    ['a: 1\na: 2\n', /^2:1: Map keys must be unique$/],
    ['a: {b: 1, b: 2}\n', /^1:11: Map keys must be unique$/],
    ['a: [1\nb: 2\n', /^2:1: /],
    ['a: "x\n', /^2:1: Missing closing "quote$/],
    ['a:\n\t- b\n', /^2:1: Tabs are not allowed as indentation$/],
    ['a: !!js/function "x"\n', /^1:4: Unresolved tag: tag:yaml.org,2002:js\/function$/],
    ['a: !include secrets.yaml\n', /^1:4: Unresolved tag: !include$/],
    ['a: 1\n---\na: 2\n', /^2:1: a second document begins here; put its rules under the first rules:$/],
    ['a: &x 1\nb: *y\n', /^2:4: nothing before this is marked &y$/],
    [laughs.join('\n'), /^7:23: more than 50 aliases/],
    [laughs.slice(0, 4).join('\n'), /^1:1: more than 50 aliases, or aliases of aliases; write the values out$/],
    [`a: &a x\nb: [${Array(200_000).fill('*a').join()}]`, /^2:155: more than 50 aliases/],
    [`a: ${'['.repeat(64)}${']'.repeat(64)}`, /^1:67: the file is nested deeper than 64 levels$/],
    [`a: ${'{a: '.repeat(64)}1${'}'.repeat(64)}`, /^1:\d+: the file is nested deeper than 64 levels$/],
    ['['.repeat(500_000), /^1:65: the file is nested deeper than 64 levels$/],
    ['- '.repeat(400_000), /^1:\d+: the file is nested deeper than 64 levels$/],
    [
      Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      /^65:\d+: the file is nested deeper than 64 levels$/,
    ],
    ['? '.repeat(100_000), /^1:\d+: the file is nested deeper than 64 levels$/],
    [
      'a: 1\nb: [1, 9007199254740993]\n',
      /^2:8: 9007199254740993 is too large to be kept exactly; quote it, to mean a text$/,
    ],
    ['a: .nan\n', /^1:4: .nan is no number that JSON has$/],
    ['a: 1e999\n', /^1:4: 1e999 is no number that JSON has$/],
    [`a: ${'x'.repeat(1_048_576)}`, /^1:1: the file is larger than 1048576 bytes$/],
  ])('%#', (text, expected) => {
    const began = performance.now()
    expect(problem(text)).toMatch(expected)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('what looks dangerous and is not is read', () => {
  it('brackets in texts do not nest, and deep indentation in a text is a text', () => {
    const patterns = Array.from({ length: 200 }, () => `- '^\\[ERROR {'`).join('\n')
    expect(parsed(patterns).value).toHaveLength(200)
    expect(parsed(`a: |\n  x\n${' '.repeat(300)}y\n`).value).toEqual({ a: `x\n${' '.repeat(298)}y\n` })
    expect(parsed(`a: ${'['.repeat(62)}${']'.repeat(62)}`)).toBeDefined()
  })

  it('several aliases, a merge key that is a name like others, names of prototypes that are data', () => {
    expect(parsed(`a: &a 1\nb: [${Array(50).fill('*a').join()}]`).value).toMatchObject({ a: 1 })
    expect(parsed('<<: {a: 1}').value).toEqual({ '<<': { a: 1 } })
    const value = parsed('__proto__: {polluted: 1}\nconstructor: x').value as object
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((value as { polluted?: number }).polluted).toBeUndefined()
  })

  it('a long number in a text, and one that is exact', () => {
    const text = 'a: "9007199254740993"\nb: 9007199254740991\nc: 0.12345678901234566\nd: 1e300\n'
    expect(parsed(text).value).toEqual({
      a: '9007199254740993',
      b: 9_007_199_254_740_991,
      c: 0.12345678901234566,
      d: 1e300,
    })
  })

  it('an empty file, one with only comments, Windows line ends, a byte order mark', () => {
    expect(parsed('').value).toBe(null)
    expect(parsed('# nothing\n').value).toBe(null)
    const file = parsed('\u{feff}a: 1\r\nb: x\r\n')
    expect(file.value).toEqual({ a: 1, b: 'x' })
    expect(file.placeOf(['b'], 'value')).toEqual({ line: 2, column: 4 })
  })
})
