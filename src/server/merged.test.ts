import { describe, expect, it } from 'vitest'
import type { AuditRecord } from '../audit/store.js'
import { BLANK } from './matching.js'
import { mergedPage } from './merged.js'

const record = (action_id: string, second: number): AuditRecord => ({
  ...BLANK,
  action_id,
  dispatched_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
})

/** A store's list, newest first; a cursor is the place behind an item, as stores make it. */
const pages =
  (list: AuditRecord[]) =>
  async ({ limit, cursor }: { limit: number; cursor: string | undefined }) => {
    const behind = list.filter(
      ({ dispatched_at, action_id }) => cursor === undefined || `${dispatched_at}${action_id}` < cursor,
    )
    const items = behind.slice(0, limit)
    const last = items.at(-1)
    return { items, ...(behind.length > limit && { next_cursor: `${last!.dispatched_at}${last!.action_id}` }) }
  }
const sorted = (list: AuditRecord[]): AuditRecord[] =>
  list.toSorted((a, b) => (`${a.dispatched_at}${a.action_id}` < `${b.dispatched_at}${b.action_id}` ? 1 : -1))

describe('a page of what is open and what is on record', () => {
  it('goes through both in one order, at any size of a page', async () => {
    const records = sorted(Array.from({ length: 9 }, (_, i) => record(`r${i}`, 3 * (i >> 1))))
    const open = [record('o2', 6), record('o1', 6), record('o3', 30), record('o4', 1), record('o5', 0)]
    for (const limit of [1, 2, 3, 5, 13, 14, 100]) {
      const seen: AuditRecord[] = []
      let cursor: string | undefined
      do {
        const page = await mergedPage({ limit, cursor }, open, pages(records))
        expect(page.items.length).toBeLessThanOrEqual(limit)
        seen.push(...page.items)
        cursor = page.next_cursor
      } while (cursor !== undefined)
      expect([limit, seen.map(({ action_id }) => action_id).toSorted()]).toEqual([
        limit,
        [...open, ...records].map(({ action_id }) => action_id).toSorted(),
      ])
      const times = seen.map(({ dispatched_at }) => dispatched_at)
      expect(times).toEqual(times.toSorted().reverse())
    }
  })

  it('tells once of what gets its outcome between two pages, wherever it stood', async () => {
    const records = sorted(Array.from({ length: 6 }, (_, i) => record(`r${i}`, 10 * i)))
    for (const second of [55, 35, 25, 5])
      for (const limit of [1, 2, 3]) {
        const first = await mergedPage({ limit, cursor: undefined }, [record('x', second)], pages(records))
        const settled = sorted([...records, record('x', second)])
        const rest = await mergedPage({ limit: 100, cursor: first.next_cursor }, [], pages(settled))
        const seen = [...first.items, ...rest.items].filter(({ action_id }) => action_id === 'x')
        expect([second, limit, seen.length]).toEqual([second, limit, 1])
      }
  })

  it('refuses a cursor that it did not give', async () => {
    for (const cursor of ['open:', 'rows:', 'rows:e30', 'records:7'])
      await expect(mergedPage({ limit: 1, cursor }, [], pages([]))).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })
})
