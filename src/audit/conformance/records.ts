import assert from 'node:assert/strict'
import type { Outcome } from '../../action/outcome.js'
import { recordOf, type AuditEntry, type AuditRecord } from '../record.js'
import { NO_RULE, type AuditFilter, type AuditStore, type FigureQuery } from '../store.js'
import { emptyTrace } from '../trace.js'
import type { Check } from '../conformance.js'
import {
  CONFORMANCE_TTL_MS,
  entryOf,
  type EntryFacts,
  failed,
  ids,
  newestFirst,
  recount,
  rerouted,
  suppressed,
  T0,
  variedEntries,
} from './entries.js'

/** What is written, found by what it tells of, summed up and removed. */
export function recordCases(check: Check): void {
  check('a record comes back as it was written', async (audit) => {
    const entry = entryOf({ at: T0, took: 7, draft: { metadata: { 'a"b': 'ü😀\n' }, chain_id: 'c', trace_id: 't' } })
    await audit.append([entry])
    const { records, total, next_cursor } = await audit.query({})
    assert.deepEqual(records, [recordOf(entry, CONFORMANCE_TTL_MS)])
    assert.equal(total, 1)
    assert.equal(next_cursor, undefined)
  })

  check(
    'what a fallback took counts for it, once, and is found by the provider that it was planned for',
    async (audit) => {
      const by = (new_provider: string): Outcome => ({ ...rerouted, new_provider })
      await audit.append([
        entryOf({ id: 'own' }),
        entryOf({ id: 'by rule', outcome: by('email') }),
        entryOf({ id: 'fallback', outcome: by('sms') }),
        entryOf({ id: 'nobody', outcome: failed }),
      ])
      const { records } = await audit.query({})
      assert.deepEqual(
        records.map(({ action_id, provider, delivered_by }) => [action_id, provider, delivered_by]),
        [
          ['nobody', 'email', null],
          ['fallback', 'email', 'sms'],
          ['by rule', 'email', 'email'],
          ['own', 'email', 'email'],
        ],
      )
      const found = async (filter: AuditFilter): Promise<unknown> => {
        const page = await audit.query(filter)
        return [page.total, ids(page.records)]
      }
      assert.deepEqual(await found({ carrier: 'sms' }), [1, ['fallback']])
      assert.deepEqual(await found({ carrier: 'email' }), [3, ['nobody', 'by rule', 'own']])
      assert.deepEqual(await found({ provider: 'email' }), [4, ['nobody', 'fallback', 'by rule', 'own']])
      assert.deepEqual(await found({ provider: 'sms' }), [0, []])
      const figures = await audit.figures({ from: T0, to: T0 + 1, group_by: ['provider', 'carrier'] })
      assert.deepEqual(
        figures.map(({ key, count }) => [key, count]),
        [
          [{ provider: 'email', carrier: 'email' }, 3],
          [{ provider: 'email', carrier: 'sms' }, 1],
        ],
      )
    },
  )

  check('an empty store answers empty pages', async (audit) => {
    assert.deepEqual(await audit.query({ tenant: 'nobody' }), { records: [], total: 0 })
    assert.deepEqual(await audit.ofAction('none', {}), [])
    assert.deepEqual(await audit.linked({ event: 'e' }, {}, 10), [])
    assert.deepEqual(await audit.deliveries([], 10), [])
    assert.deepEqual(await audit.deliveries([{ namespace: 'ns', tenant: 'acme', event: 'e', from: 0 }], 10), [[]])
    assert.deepEqual(await audit.figures({ from: 0, to: T0, group_by: [] }), [])
  })

  check('appending a record again changes neither records nor figures', async (audit) => {
    const entries = [entryOf({ id: 'a' }), entryOf({ id: 'b' })]
    await audit.append(entries)
    await audit.append([entries[0]!, entryOf({ id: 'c' }), entries[1]!])
    await audit.append([entryOf({ id: 'a', outcome: suppressed })])
    assert.equal((await audit.query({})).total, 3)
    assert.equal((await audit.figures({ from: T0, to: T0 + 1, group_by: [] }))[0]?.count, 3)
    assert.equal((await audit.ofAction('a', {}))[0]?.outcome, 'executed')
  })

  check('records differ by each part of the unique key', async (audit) => {
    const base = { id: 'a', at: T0 }
    await audit.append([
      entryOf(base),
      entryOf({ ...base, at: T0 + 1 }),
      entryOf({ ...base, try: 2 }),
      entryOf({ ...base, draft: { namespace: 'other' } }),
      entryOf({ ...base, draft: { tenant: 'other' } }),
      entryOf({ ...base, draft: { kind: 'transition' } }),
    ])
    assert.equal((await audit.query({})).total, 6)
  })

  check('the newest dispatched comes first, and of one instant the last written', async (audit) => {
    await audit.append([entryOf({ id: 'b', at: T0 + 5 }), entryOf({ id: 'a', at: T0 })])
    await audit.append([entryOf({ id: 'c', at: T0 + 5 }), entryOf({ id: 'd', at: T0 + 2, took: 90_000 })])
    assert.deepEqual(ids((await audit.query({})).records), ['c', 'b', 'd', 'a'])
  })

  check('a batch is written whole or not at all', async (audit) => {
    const broken = entryOf({ id: 'broken' })
    broken.draft.verdict_details = { toJSON: () => { throw new Error('cannot be written') } } // prettier-ignore
    await assert.rejects(audit.append([entryOf({ id: 'a' }), broken]))
    assert.equal((await audit.query({})).total, 0)
    assert.deepEqual(await audit.figures({ from: T0, to: T0 + 1, group_by: [] }), [])
    await audit.append([entryOf({ id: 'a' })])
    assert.equal((await audit.query({ tenant: 'acme' })).total, 1)
    assert.equal((await audit.figures({ from: T0, to: T0 + 1, group_by: [] }))[0]?.count, 1)
  })

  check('the records of an action come oldest first, from the newest scope that has its id', async (audit) => {
    await audit.append([
      entryOf({ id: 'a', at: T0, draft: { tenant: 'elsewhere' } }),
      entryOf({ id: 'a', at: T0 + 10, try: 1, outcome: failed }),
      entryOf({ id: 'b', at: T0 + 15 }),
      entryOf({ id: 'a', at: T0 + 20 * 86_400_000, try: 2 }),
      entryOf({ id: 'a', at: T0 + 20 * 86_400_000 + 1, draft: { kind: 'flush' } }),
    ])
    const seen = (records: AuditRecord[]): unknown[] =>
      records.map((record) => [record.tenant, record.kind, record.try])
    const acme = [['acme', 'dispatch', 1], ['acme', 'dispatch', 2], ['acme', 'flush', 1]] // prettier-ignore
    assert.deepEqual(seen(await audit.ofAction('a', {})), acme)
    assert.deepEqual(seen(await audit.ofAction('a', { tenant: 'acme', namespace: 'ns' })), acme)
    assert.deepEqual(seen(await audit.ofAction('a', { tenant: 'elsewhere' })), [['elsewhere', 'dispatch', 1]])
    assert.deepEqual(await audit.ofAction('a', { namespace: 'other' }), [])
  })

  check('what is linked to an event or a group is found, newest first, within the scope', async (audit) => {
    const linked = (id: string, at: number, links: object, tenant = 'acme'): AuditEntry =>
      entryOf({ id, at: T0 + at, draft: { tenant, trace: { ...emptyTrace(), links } } })
    await audit.append([
      linked('a', 1, { event: 'e1' }),
      linked('b', 2, { event: 'e1', group: 'g1' }),
      linked('c', 3, { group: 'g1' }),
      linked('d', 4, { event: 'e2' }),
      linked('e', 5, { event: 'e1' }, 'other'),
    ])
    const decided = entryOf({ id: 'f', at: T0 + 6 })
    decided.decision.links = { event: 'e1' }
    await audit.append([decided])
    const found = async (...args: Parameters<AuditStore['linked']>): Promise<string[]> =>
      ids(await audit.linked(...args))
    assert.deepEqual(await found({ event: 'e1' }, {}, 10), ['f', 'e', 'b', 'a'])
    assert.deepEqual(await found({ event: 'e1' }, { tenant: 'acme' }, 2), ['f', 'b'])
    assert.deepEqual(await found({ group: 'g1' }, {}, 10), ['c', 'b'])
    assert.deepEqual(await found({ event: 'e1', group: 'g1' }, { tenant: 'acme', namespace: 'ns' }, 10), [
      'f',
      'c',
      'b',
      'a',
    ])
  })

  check('deliveries of many events are answered at once, each since its time, newest first and cut', async (audit) => {
    const of = (id: string, at: number, event: string, facts: EntryFacts = {}): AuditEntry =>
      entryOf({ ...facts, id, at: T0 + at, draft: { ...facts.draft, trace: { ...emptyTrace(), links: { event } } } })
    const asked = 'pager'
    await audit.append([
      of('own', 1, 'e1'),
      of('failed', 2, 'e1', { outcome: failed }),
      of('suppressed', 3, 'e1', { outcome: suppressed }),
      of('told', 4, 'e1', { draft: { kind: 'dead_letter' } }),
      of('fallback', 86_400_000, 'e1', { outcome: { ...rerouted, original_provider: asked } }),
      of('notice', 5, 'e2', { draft: { kind: 'notification', action_type: 'page' } }),
      of('theirs', 6, 'e1', { draft: { tenant: 'other' } }),
      of('elsewhere', 7, 'e1', { draft: { namespace: 'n2' } }),
      ...Array.from({ length: 7 }, (_, i) => of(`many-${i}`, i, 'e"3\ue000ü')),
    ])
    const decided = entryOf({ id: 'decided', at: T0 + 8 })
    decided.decision.links = { event: 'e2' }
    await audit.append([decided])

    const at = { namespace: 'ns', tenant: 'acme', from: T0 }
    const found = async (each: number, ...events: object[]): Promise<unknown> =>
      (
        await audit.deliveries(
          events.map((event) => ({ ...at, event: 'e1', ...event })),
          each,
        )
      ).map((of) => of.map(({ action_id }) => action_id))
    assert.deepEqual(await audit.deliveries([{ ...at, event: 'e1' }], 2), [
      [
        { action_id: 'fallback', asked, carrier: 'sms', action_type: 'send', dispatched_at: T0 + 86_400_000 },
        { action_id: 'own', asked: 'email', carrier: 'email', action_type: 'send', dispatched_at: T0 + 1 },
      ],
    ])
    assert.deepEqual(
      await found(
        3,
        { event: 'e2' },
        {},
        { tenant: 'other' },
        { namespace: 'n2' },
        { event: 'none' },
        { from: T0 + 2 },
      ),
      [['decided', 'notice'], ['fallback', 'own'], ['theirs'], ['elsewhere'], [], ['fallback']],
    )
    assert.deepEqual(await found(2, { event: 'e"3\ue000ü', from: T0 + 1 }, { from: T0 + 86_400_001 }), [
      ['many-6', 'many-5'],
      [],
    ])
    assert.deepEqual(await found(9, { event: 'e"3\ue000ü', from: T0 + 4.5 }), [['many-6', 'many-5']])
    const many = await audit.deliveries(
      Array.from({ length: 1_000 }, (_, i) => ({ ...at, event: i % 2 === 0 ? 'e1' : `none-${i}` })),
      2,
    )
    assert.deepEqual([many.length, many.flat().length], [1_000, 1_000])
  })

  check('figures are what a plain recount gives, by any keys, filters and widths', async (audit) => {
    const entries = variedEntries(300)
    for (let i = 0; i < entries.length; i += 40) await audit.append(entries.slice(i, i + 40))
    const records = newestFirst(entries)
    const queries: FigureQuery[] = [
      { from: T0, to: T0 + 3_600_000, group_by: [] },
      { from: T0 + 30_000, to: T0 + 90_000, group_by: ['outcome'], bucket_minutes: 1 },
      { from: T0 - 3_600_000, to: T0 + 3_600_000, group_by: ['rule', 'tenant'], bucket_minutes: 7 },
      { from: 0, to: T0 * 2, group_by: ['node', 'provider', 'action_type', 'namespace'] },
      { from: T0, to: T0 + 3_600_000, group_by: ['outcome'], where: { tenant: 'acme', rule: NO_RULE } },
      { from: T0, to: T0 + 3_600_000, group_by: ['carrier'], bucket_minutes: 1 },
      { from: T0, to: T0 + 3_600_000, group_by: ['provider', 'carrier', 'outcome'] },
      { from: T0, to: T0 + 3_600_000, group_by: ['provider'], where: { carrier: 'sms' } },
    ]
    for (const query of queries)
      assert.deepEqual(await audit.figures(query), recount(records, query), JSON.stringify(query))
  })

  check('a sweep removes what has expired, a little at a time, and leaves the rest', async (audit) => {
    const day = CONFORMANCE_TTL_MS
    await audit.append(Array.from({ length: 25 }, (_, i) => entryOf({ id: `old-${i}`, at: T0 + i })))
    await audit.append([entryOf({ id: 'kept', at: T0 + 3_600_000 })])
    assert.equal(await audit.sweep(T0 + day - 1, 10), 0)
    assert.equal(await audit.sweep(T0 + day + 30, 10), 10)
    assert.deepEqual(ids((await audit.query({})).records).at(-1), 'old-10')
    const later = T0 + day + 120_000
    let removed = 0
    for (let n = 1; n > 0; removed += n) n = await audit.sweep(later, 10)
    assert.ok(removed >= 15)
    assert.deepEqual(ids((await audit.query({})).records), ['kept'])
    assert.deepEqual(await audit.ofAction('old-3', {}), [])
    const [figure, ...none] = await audit.figures({ from: 0, to: T0 * 2, group_by: [] })
    assert.deepEqual([figure?.count, none], [1, []])
    await audit.append([entryOf({ id: 'again', at: T0 + 3_600_000 })])
    assert.equal((await audit.query({ tenant: 'acme', outcome: 'executed' })).total, 2)
  })

  check(
    'without a time to live nothing expires',
    async (audit) => {
      await audit.append([entryOf({ id: 'a' })])
      assert.equal(await audit.sweep(T0 * 2, 10), 0)
      assert.equal((await audit.query({})).records[0]?.expires_at, null)
    },
    { ttlMs: null },
  )
}
