import { describe, expect, it } from 'vitest'
import { blocksOf } from './json-text.js'

const textOf = (value: unknown, read?: string[]): string =>
  blocksOf(value, read)
    .map((runs) => runs.map(({ text }) => text).join(''))
    .join('\n')
const markedIn = (value: unknown, read: string[]): string[] =>
  blocksOf(value, read)
    .flat()
    .filter(({ marked }) => marked)
    .map(({ text }) => text)

describe('JSON in blocks', () => {
  const long = { list: Array.from({ length: 1_000 }, (_, n) => ({ n, of: { n: `${n}` } })), n: 1 }

  it('is the same text as without, however long', () => {
    for (const value of [null, 'x', {}, [], { a: { b: [1, { c: 'd"e\nf' }] } }, long])
      expect(textOf(value, ['n', 'a.b'])).toBe(JSON.stringify(value, null, 2))
  })

  it('has at most 100 lines in a block, and few runs', () => {
    const blocks = blocksOf(long)
    expect(blocks.length).toBe(Math.ceil(JSON.stringify(long, null, 2).split('\n').length / 100))
    expect(blocks.every((runs) => runs.length === 1)).toBe(true)
  })

  it('marks the members that were read, by their path, without what stands around them', () => {
    const value = { n: 3, a: { n: 4, b: { n: 5 } }, of: { 'n"': 6 } }
    expect(markedIn(value, ['n'])).toEqual(['"n": 3'])
    expect(markedIn(value, ['a.b.n', 'a.n'])).toEqual(['"n": 4', '"n": 5'])
    expect(markedIn(value, ['c'])).toEqual([])
  })
})
