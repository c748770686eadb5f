import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFilter, parseFilter, type FilterChip, type FilterValue } from './filter.js'

const value = fc.oneof<fc.Arbitrary<FilterValue>[]>(
  fc.constant({ is: 'present' as const }),
  fc.string().map((text) => ({ is: 'equals' as const, value: text })),
  fc.tuple(fc.constantFrom('>', '>=', '<', '<='), fc.string()).map(([operator, text]) => ({
    is: 'compare' as const,
    operator: operator as '>',
    value: text,
  })),
)
const chip = fc.oneof<fc.Arbitrary<FilterChip>[]>(
  fc.record({ kind: fc.constant('text' as const), not: fc.boolean(), text: fc.string() }),
  fc.record({
    kind: fc.constant('field' as const),
    not: fc.boolean(),
    key: fc.constantFrom('payload.customer.id', 'labels.env'),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
)

describe('the text of a filter', () => {
  it('becomes the same chips again after it was written from chips', () => {
    fc.assert(
      fc.property(fc.array(chip, { maxLength: 5 }), (chips) => {
        const text = formatFilter(chips)
        fc.pre(text.length <= 2_000)
        expect(parseFilter(text)).toEqual({ chips, problems: [] })
      }),
    )
  })

  it('never throws, and points only into the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const { start, end } of parseFilter(text).problems) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeGreaterThanOrEqual(start)
          expect(end).toBeLessThanOrEqual(text.length)
        }
      }),
    )
  })

  it('keeps each form of the grammar as it was written', () => {
    const text = 'rule:a,b -outcome:executed wanted:* took:>2s status:500..599 type:dead* "two words" labels.env:prod'
    const { chips, problems } = parseFilter(text)
    expect(problems).toEqual([])
    expect(chips).toHaveLength(8)
    expect(formatFilter(chips)).toBe(text)
  })

  it('says where an unknown key and a bad value stand', () => {
    expect(parseFilter('rule:a colour:red took:long result:fine word').problems).toMatchObject([
      { start: 7, end: 13 },
      { start: 23, end: 27 },
      { start: 35, end: 39 },
      { start: 40, end: 44 },
    ])
  })

  it('takes the word of a result as it stands on the wire, and with an underscore', () => {
    expect(parseFilter('result:"held back" result:held_back').problems).toEqual([])
  })

  it('names the key that was probably meant, and the quote that was not closed', () => {
    expect(parseFilter('providr:a').problems[0]?.message).toContain('did you mean "provider"?')
    expect(parseFilter('rule:"a b').problems).toMatchObject([
      { start: 5, message: expect.stringContaining('not closed') },
    ])
    expect(parseFilter('rule:a "b c').problems).toMatchObject([
      { start: 7, message: expect.stringContaining('not closed') },
    ])
  })
})
