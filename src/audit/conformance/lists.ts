import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import { systemClock, type Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import type { AuditEntry, AuditRecord } from '../record.js'
import type { AuditStore } from '../store.js'
import { emptyTrace } from '../trace.js'
import type { Check } from '../conformance.js'
import {
  emptyFilters,
  entryOf,
  failed,
  ids,
  matching,
  newestFirst,
  T0,
  variedEntries,
  variedFilters,
} from './entries.js'

/** Lists: filters, order, cursors, offsets, totals and bounds. */
export function listCases(check: Check): void {
  check('each filter, alone and with others, finds exactly what it describes', async (audit) => {
    const entries = variedEntries(180)
    await audit.append(entries)
    const records = newestFirst(entries)
    for (const filter of [...variedFilters, ...emptyFilters]) {
      const expected = records.filter(matching(filter))
      const page = await audit.query({ ...filter, limit: 1_000 })
      assert.deepEqual(ids(page.records), ids(expected), JSON.stringify(filter))
      assert.equal(page.total, expected.length, JSON.stringify(filter))
    }
    for (const filter of variedFilters)
      assert.ok(records.some(matching(filter)), `the case ${JSON.stringify(filter)} finds something`)
  })

  check('from is inclusive and to exclusive, to the millisecond', async (audit) => {
    await audit.append([0, 1, 2, 3].map((i) => entryOf({ id: `${i}`, at: T0 + i })))
    assert.deepEqual(ids((await audit.query({ from: T0 + 1, to: T0 + 3 })).records), ['2', '1'])
    assert.equal((await audit.query({ from: T0 + 2, tenant: 'acme' })).total, 2)
    assert.equal((await audit.query({ to: T0 })).total, 0)
    assert.equal((await audit.query({ from: -Infinity, to: Infinity })).total, 4)
    assert.equal((await audit.query({ from: Infinity })).total, 0)
  })

  check('text finds a record by any part of its JSON, in any case, quotes as typed', async (audit) => {
    await audit.append([
      entryOf({ id: 'a', draft: { action_payload: { body: 'Server ÄRGER in 100% of_cases' } } }),
      entryOf({ id: 'b', draft: { action_payload: { body: 'he said "Stop\\now"' } } }),
    ])
    const found = async (text: string): Promise<string[]> => ids((await audit.query({ text })).records)
    assert.deepEqual(await found('server ärger'), ['a'])
    assert.deepEqual(await found('100% OF_'), ['a'])
    assert.deepEqual(await found('said "stop\\now"'), ['b'])
    assert.deepEqual(await found('"action_id":"B"'), ['b'])
    assert.deepEqual(await found('10_% of'), [])
  })

  check('cursors lead through everything that was there, once, while records are appended', async (audit) => {
    const entries = variedEntries(300)
    await audit.append(entries)
    for (const filter of [{}, { tenant: 'acme' }, { outcome: 'failed', namespace: 'n1' }, { text: 'number 1' }]) {
      const there = newestFirst(await everything(audit)).filter(matching(filter))
      const seen: string[] = []
      let cursor: string | undefined
      let round = 0
      do {
        const page: Awaited<ReturnType<AuditStore['query']>> = await audit.query({ ...filter, limit: 7, cursor })
        seen.push(...ids(page.records))
        cursor = page.next_cursor
        round++
        const late = entryOf({ id: `late-${JSON.stringify(filter)}-${round}`, at: T0 + ((round * 37) % 90_000), draft: { namespace: 'n1' }, outcome: failed }) // prettier-ignore
        await audit.append([late])
      } while (cursor !== undefined && round < 1_000)
      assert.equal(new Set(seen).size, seen.length, 'no record twice')
      const old = new Set(there.map((record) => record.action_id))
      assert.deepEqual(seen.filter((id) => old.has(id)), ids(there)) // prettier-ignore
    }
  })

  check('the last page has no cursor, even when it is full', async (audit) => {
    await audit.append([1, 2, 3, 4].map((i) => entryOf({ id: `${i}` })))
    const first = await audit.query({ limit: 2 })
    const second = await audit.query({ limit: 2, cursor: first.next_cursor })
    assert.ok(first.next_cursor)
    assert.equal(second.next_cursor, undefined)
    assert.deepEqual(ids([...first.records, ...second.records]), ['4', '3', '2', '1'])
    assert.equal(second.total, 4)
  })

  check('a cursor that is none is refused', async (audit) => {
    for (const cursor of ['x', '', '0', "a1'; DROP TABLE", 'a1ffffffffffffffff', 'a1zzzzzzzzzzzzzzzz'])
      await assert.rejects(audit.query({ cursor }), isRefusal(/cursor/i), cursor)
  })

  check('an offset skips, to 10,000; above it is refused, naming the cursor', async (audit) => {
    await audit.append([1, 2, 3, 4, 5].map((i) => entryOf({ id: `${i}` })))
    const page = await audit.query({ offset: 3, limit: 1 })
    assert.deepEqual([ids(page.records), page.total], [['2'], 5])
    assert.deepEqual(await audit.query({ offset: 10_000 }), { records: [], total: 5 })
    await assert.rejects(audit.query({ offset: 10_001 }), isRefusal(/cursor/))
  })

  check('a page holds 50 when not said otherwise, and never more than 1,000', async (audit) => {
    await audit.append(Array.from({ length: 1_050 }, (_, i) => entryOf({ id: `${i}` })))
    assert.equal((await audit.query({})).records.length, 50)
    assert.equal((await audit.query({ limit: 5_000 })).records.length, 1_000)
    assert.equal((await audit.query({ limit: 0 })).records.length, 1)
  })

  check('a total is exact to 10,000, and null above', async (audit) => {
    await audit.append(
      Array.from({ length: 10_000 }, (_, i) => entryOf({ id: `${i}`, draft: { trace: emptyTrace() } })),
    )
    assert.equal((await audit.query({ limit: 1 })).total, 10_000)
    assert.equal((await audit.query({ limit: 1, tenant: 'acme', offset: 9_999 })).total, 10_000)
    await audit.append([entryOf({ id: 'one more' })])
    for (const filter of [{}, { tenant: 'acme' }, { text: 'acme' }])
      assert.equal((await audit.query({ ...filter, limit: 1 })).total, null, JSON.stringify(filter))
  })

  check(
    'a query that takes too long answers what it has, how far back it looked, and a cursor that goes on',
    async (audit) => {
      await audit.append(Array.from({ length: 4_000 }, (_, i) => entryOf({ id: `${i}`, at: T0 + i })))
      await audit.append([entryOf({ id: 'needle', at: T0 - 1, draft: { chain_id: 'haystack' } })])
      const found: string[] = []
      let cursor: string | undefined
      let pages = 0
      let scanned = Infinity
      do {
        const page: Awaited<ReturnType<AuditStore['query']>> = await audit.query({ text: 'HAYSTACK', cursor })
        found.push(...ids(page.records))
        cursor = page.next_cursor
        if (cursor === undefined) break
        assert.ok(
          page.scanned_to !== undefined && Date.parse(page.scanned_to) < scanned,
          'it looks further back each time',
        )
        assert.equal(page.total, null)
        scanned = Date.parse(page.scanned_to)
      } while (++pages < 100)
      assert.deepEqual(found, ['needle'])
      assert.ok(pages > 0, 'more than one page was needed')
    },
    { clock: hurriedClock() },
  )
}

async function everything(audit: AuditStore): Promise<AuditEntry[]> {
  const records: AuditRecord[] = []
  let cursor: string | undefined
  do {
    const page = await audit.query({ limit: 1_000, cursor })
    records.push(...page.records)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  return records.reverse().map(asEntry)
}

/** An entry whose record is, but for what the decision adds, that record. */
function asEntry(record: AuditRecord): AuditEntry {
  const {
    outcome,
    outcome_details,
    delivered_by: _b,
    dispatched_at,
    completed_at,
    duration_ms: _d,
    expires_at: _e,
    ...draft
  } = record
  const type = outcome.replace(/(^|_)(.)/g, (_all, _bar, letter: string) => letter.toUpperCase())
  const decision = { dispatched_at: Date.parse(dispatched_at), completed_at: Date.parse(completed_at) }
  return { draft, decision: { ...decision, outcome: { type, ...(outcome_details as object) } as Outcome } }
}

const isRefusal =
  (sentence: RegExp) =>
  (error: unknown): boolean =>
    error instanceof ActeonError && error.code === 'INVALID_REQUEST' && sentence.test(error.message)

/** A clock on which a second passes whenever someone looks at it. */
function hurriedClock(): Clock {
  let at = 0
  return { ...systemClock, monotonic: () => (at += 1_000) }
}
