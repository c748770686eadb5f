import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter as readByServer } from '../../../src/audit/filter.js'
import { filterText, parseFilter, present, term, typedFilter, withTerm } from './filter.js'

const told = (text: string) => parseFilter(text).map(({ key, values, not }) => ({ key, values, not }))

describe('the filter', () => {
  it('reads keys, alternatives, negation and quoted text', () => {
    expect(told('rule:page-critical -outcome:executed,rerouted "card declined" took:>2s')).toEqual([
      { key: 'rule', values: ['page-critical'], not: false },
      { key: 'outcome', values: ['executed', 'rerouted'], not: true },
      { key: '', values: ['card declined'], not: false },
      { key: 'took', values: ['>2s'], not: false },
    ])
  })

  it('keeps each term as it is written, and knows where', () => {
    const text = '  type:"a*",b*   -labels.env:  "open to the end'
    expect(parseFilter(text).map((one) => [one.text, text.slice(one.start, one.end)])).toEqual([
      ['type:"a*",b*', 'type:"a*",b*'],
      ['-labels.env:', '-labels.env:'],
      ['"open to the end', '"open to the end'],
    ])
  })

  it('writes terms that the server reads as what they say, whatever the values are', () => {
    const terms = fc.array(
      fc.record({
        key: fc.constantFrom('rule', 'type', 'payload.customer.id'),
        values: fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        not: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(terms, (list) => {
        const text = filterText(list.map(({ key, values, not }) => term(key, values, not)))
        expect(told(text)).toEqual(list)
        const asked = list.map(({ values, ...one }) => ({
          kind: 'field',
          ...one,
          values: values.map((value) => ({ is: 'equals', value })),
        }))
        expect(readByServer(text)).toEqual({ chips: asked, problems: [] })
      }),
    )
  })

  it('cuts a text where the server cuts it', () => {
    for (const text of ['rule:a -type:b,"c d" took:1s..2s', '"x y" status:>=500', 'payload.a.b:7 -rule:*'])
      expect(parseFilter(text)).toHaveLength(readByServer(text).chips.length)
  })

  it('takes words without a key for text', () => {
    expect(typedFilter(' card declined ')).toBe('"card declined"')
    expect(typedFilter('rule:a')).toBe('rule:a')
    expect(typedFilter('"a" rule:b')).toBe('"a" rule:b')
    expect(typedFilter('')).toBe('')
  })

  it('replaces a term by its opposite', () => {
    expect(withTerm('rule:a type:b', term('rule', 'a', true))).toBe('type:b -rule:a')
    expect(withTerm('rule:a', term('rule', 'c'), present('provider', true))).toBe('rule:a rule:c -provider:*')
    expect(term('result', 'held back').text).toBe('result:held_back')
  })
})
