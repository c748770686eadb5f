import { describe, expect, it } from 'vitest'
import type { Row } from '../../api/traffic.ts'
import { afterReading, between, joined, knownWithin, type Page, type Pages } from './pages.js'

const row = (at: number): Row => ({
  ...{ id: `a${at}`, ns: 'n', tenant: 't', type: 'x', provider: 'p', rule: null, outcome: 'executed', at },
  result: 'delivered',
})
const page = (newest: number, oldest: number, next_cursor?: string): Page => ({
  rows: Array.from({ length: newest - oldest + 1 }, (_, i) => row(newest - i)),
  next_cursor,
  fromMs: 0,
})
const pages = (...all: Page[]): Pages => ({ pages: all, pageParams: [null, ...all.slice(1)] })
const times = ({ pages: all }: Pages): number[] => all.flatMap(({ rows }) => rows.map(({ at }) => at))
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, i) => from - i)

describe('a first page that is read anew', () => {
  it('goes before what is there, each row once, and the list goes on where it ended', () => {
    const old = pages(page(20, 11, 'c11'), page(10, 1, 'c1'))
    const now = joined(page(23, 14, 'c14'), old)
    expect(times(now)).toEqual(down(23, 1))
    expect(now.pages.at(-1)?.next_cursor).toBe('c1')
  })

  it('takes the place of all when more came than it holds', () => {
    const now = joined(page(200, 191, 'c191'), pages(page(20, 11, 'c11')))
    expect(times(now)).toEqual(down(200, 191))
    expect(now.pages.at(-1)?.next_cursor).toBe('c191')
  })

  it('drops what is no longer in the list, such as an action that passes the filter no more', () => {
    const first = page(22, 13)
    first.rows.splice(4, 1)
    expect(times(joined(first, pages(page(20, 11, 'c11'))))).toEqual([22, 21, 20, 19, 17, 16, 15, 14, 13, 12, 11])
  })

  it('keeps so many pages as it is told, and the cursor of the last of them', () => {
    const old = pages(page(30, 21, 'c21'), page(20, 11, 'c11'), page(10, 1, 'c1'))
    const now = joined(page(32, 23, 'c23'), old, 2)
    expect(times(now)).toEqual(down(32, 11))
    expect(now.pages.at(-1)?.next_cursor).toBe('c11')
  })

  it('is all there is when it is empty', () => {
    expect(times(joined({ rows: [], next_cursor: undefined, fromMs: 0 }, pages(page(5, 1))))).toEqual([])
  })
})

describe('a gap between pages', () => {
  const gap = { sinceMs: 20, untilMs: 101, count: 80 }
  const old = pages({ ...page(110, 101, 'c101'), gap }, page(20, 11, 'c11'))

  it('stays where it is, with the way into it, when newer rows come before it', () => {
    const now = joined(page(112, 103, 'c103'), old)
    expect(times(now)).toEqual([...down(112, 101), ...down(20, 11)])
    expect(now.pages.map((one) => [one.next_cursor, one.gap])).toEqual([
      ['c103', undefined],
      ['c101', gap],
      ['c11', undefined],
    ])
  })

  it('moves to the page that takes the place of all that stood above it', () => {
    const now = joined(page(110, 101, 'new'), old)
    expect(now.pages.map((one) => [one.next_cursor, one.gap])).toEqual([
      ['c101', gap],
      ['c11', undefined],
    ])
  })

  it('is gone with a page that reaches over it', () => {
    const now = joined(page(110, 15, 'c15'), old)
    expect(times(now)).toEqual(down(110, 11))
    expect(now.pages.every((one) => one.gap === undefined)).toBe(true)
  })

  it('is what lies between two ends, of which those that are known are taken off', () => {
    const above = page(110, 101)
    const ends = between(above, page(20, 11).rows)!
    expect(ends).toEqual({ sinceMs: 20, untilMs: 101 })
    expect(knownWithin(ends, [...above.rows, ...page(20, 11).rows])).toBe(2)
    expect(between(above, [])).toBeUndefined()
    expect(afterReading(page(5, 4, 'a'), [page(3, 2, 'b')], gap)).toMatchObject({ next_cursor: 'b', gap })
    // Behind the last page of all there is nothing to read.
    expect(afterReading(page(5, 4, 'a'), [page(3, 2)], undefined).next_cursor).toBeUndefined()
  })
})
