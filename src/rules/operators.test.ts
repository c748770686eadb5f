import { describe, expect, it } from 'vitest'
import { MISSING, type Found } from '../action/paths.js'
import type { Json } from '../lib/json.js'
import { compileOperator, OPERATORS, type OperatorName } from './operators.js'

function compare(name: OperatorName, operand: Json, found: Found) {
  const operator = compileOperator(name, operand)
  if ('problem' in operator) throw new Error(operator.problem)
  return operator.compare(found)
}

describe('an operator holds, or does not', () => {
  const table: [found: Found, name: OperatorName, operand: Json, result: boolean][] = [
    ['a', 'eq', 'a', true],
    ['a', 'eq', 'A', false],
    [5, 'eq', 5, true],
    [5, 'eq', 5.0, true],
    [5, 'eq', '5', false],
    ['5', 'eq', 5, false],
    [true, 'eq', true, true],
    [true, 'eq', 'true', false],
    [0, 'eq', false, false],
    [null, 'eq', null, true],
    [null, 'eq', '', false],
    [[1, 2], 'eq', [1, 2], true],
    [[1, 2], 'eq', [2, 1], false],
    [{ a: 1, b: 2 }, 'eq', { b: 2, a: 1 }, true],
    [{ a: 1 }, 'eq', { a: '1' }, false],

    ['a', 'ne', 'b', true],
    ['a', 'ne', 'a', false],
    [5, 'ne', '5', true],

    [6, 'gt', 5, true],
    [5, 'gt', 5, false],
    [5, 'gte', 5, true],
    [4.9, 'gte', 5, false],
    [4, 'lt', 5, true],
    [5, 'lt', 5, false],
    [5, 'lte', 5, true],
    [5.1, 'lte', 5, false],
    ['6', 'gt', 5, false],
    [true, 'gt', 0, false],
    [null, 'lt', 1, false],
    ['2026-01-01T12:00:00Z', 'gt', '2026-01-01T11:59:59.999Z', true],
    ['2026-01-01T12:00:00+02:00', 'lt', '2026-01-01T11:00:00Z', true],
    ['2026-01-01T12:00:00+01:00', 'lte', '2026-01-01T11:00:00Z', true],
    ['2026-01-01T12:00:00+01:00', 'gte', '2026-01-01T11:00:00Z', true],
    ['tomorrow', 'gt', '2026-01-01T11:00:00Z', false],
    [1_800_000_000_000, 'gt', '2026-01-01T11:00:00Z', false],
    ['b', 'gt', '2026-01-01T11:00:00Z', false],

    ['hello', 'contains', 'ell', true],
    ['hello', 'contains', '', true],
    ['hello', 'contains', 'ELL', false],
    ['h5o', 'contains', 5, false],
    [['a', 'b'], 'contains', 'b', true],
    [['a', 'b'], 'contains', 'c', false],
    [[1, 2], 'contains', 2, true],
    [[1, 2], 'contains', '2', false],
    [[{ a: 1 }], 'contains', { a: 1 }, true],
    [{ a: 1 }, 'contains', 'a', false],
    [5, 'contains', 5, false],

    ['hello', 'starts_with', 'he', true],
    ['hello', 'starts_with', 'el', false],
    [123, 'starts_with', '1', false],
    ['hello', 'ends_with', 'lo', true],
    ['hello', 'ends_with', 'l', false],
    [['lo'], 'ends_with', 'lo', false],

    ['disk-42', 'regex', '^disk-\\d+$', true],
    ['a disk-42', 'regex', 'disk-\\d', true],
    ['a disk-42', 'regex', '^disk', false],
    ['DISK', 'regex', '(?i)disk', true],
    ['disk', 'matches', 'd.s', true],
    [42, 'regex', '42', false],

    ['a', 'in', ['a', 'b'], true],
    ['c', 'in', ['a', 'b'], false],
    [1, 'in', ['1', 2], false],
    [2, 'in_list', ['1', 2], true],
    [null, 'in', [null], true],
    [[1], 'in', [[1], [2]], true],
    ['a', 'in', [], false],

    [null, 'exists', true, true],
    ['', 'exists', true, true],
    ['', 'exists', false, false],
  ]
  it.each(table)('%j %s %j: %s', (found, name, operand, result) => {
    expect(compare(name, operand, found).result).toBe(result)
  })
})

it('on a missing field every operator but ne and exists: false is false', () => {
  const operands: Record<OperatorName, Json> = {
    eq: 'a',
    ne: 'a',
    gt: 1,
    gte: 1,
    lt: 1,
    lte: 1,
    contains: 'a',
    starts_with: 'a',
    ends_with: 'a',
    regex: '.*',
    matches: '.*',
    in: ['a'],
    in_list: ['a'],
    exists: true,
  }
  const holding = OPERATORS.filter((name) => compare(name, operands[name], MISSING).result)
  expect(holding).toEqual(['ne'])
  expect(compare('exists', false, MISSING).result).toBe(true)
})

describe('what cannot be true says why', () => {
  it.each<[Found, OperatorName, Json, string]>([
    [MISSING, 'eq', 1, 'the field is missing'],
    ['5', 'eq', 5, 'a text is not a number'],
    ['5', 'gt', 5, 'a text has no order with a number'],
    ['soon', 'lt', '2026-01-01T00:00:00Z', 'it is no time of RFC 3339'],
    [5, 'starts_with', '5', 'a number is not a text'],
    [[], 'regex', '5', 'a list is not a text'],
    [true, 'contains', 'a', 'a boolean contains nothing; a text or a list would'],
  ])('%s %s %j: %s', (found, name, operand, note) => {
    expect(compare(name, operand, found)).toEqual({ result: false, note })
  })
})

describe('an operand that fits no value is refused', () => {
  it.each<[OperatorName, Json, RegExp]>([
    ['gt', 'high', /^expected a number or a time of RFC 3339, found "high"$/],
    ['lte', null, /^expected a number or a time of RFC 3339, found null$/],
    ['starts_with', 5, /^expected a text, found 5$/],
    ['ends_with', ['a'], /^expected a text, found a list of 1$/],
    ['regex', 5, /^expected a pattern, found 5$/],
    ['regex', '(', /^not a pattern of RE2 \(no look-around, no back-references\): /],
    ['regex', '(?=a)', /^not a pattern of RE2/],
    ['matches', '(a)\\1', /^not a pattern of RE2/],
    ['regex', 'a'.repeat(513), /^the pattern is longer than 512 bytes$/],
    ['in', 'a', /^expected a list, found "a"$/],
    ['in_list', { a: 1 }, /^expected a list, found an object$/],
    ['exists', 'yes', /^expected true or false, found "yes"$/],
  ])('%s: %j', (name, operand, problem) => {
    expect(compileOperator(name, operand)).toEqual({ problem: expect.stringMatching(problem) as string })
  })
})

it('a pattern that would take a backtracking engine for ever takes milliseconds, and 64 KiB are the most it is tried on', () => {
  const began = performance.now()
  for (const pattern of ['^(a+)+$', '(a|a)*b', '(.*a){12}x', '([a-zA-Z]+)*$', '(x+x+)+y'])
    compare('regex', pattern, `${'a'.repeat(20_000)}!`)
  expect(performance.now() - began).toBeLessThan(3_000)
  expect(() => compare('regex', 'a', 'a'.repeat(65_537))).toThrow(/longer than the 65536/)
  expect(compare('regex', 'a', 'a'.repeat(65_536)).result).toBe(true)
})
