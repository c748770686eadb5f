import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.js'
import { auditConformance } from '../conformance.js'
import { CONFORMANCE_TTL_MS, entryOf, matching, newestFirst, recount } from '../conformance/entries.js'
import type { AuditEntry } from '../record.js'
import { FIGURE_KEYS, type AuditFilter } from '../store.js'
import { memoryAudit, openMemoryAudit } from './audit.js'

auditConformance('memory, of its own', { describe, it }, (options) => Promise.resolve(openMemoryAudit(options)))

auditConformance('memory, in the database of a state store', { describe, it }, (options) => {
  const audit = memoryAudit(options)
  audit.shared.prepare(new DatabaseSync(':memory:'))
  return Promise.resolve(audit)
})

const T0 = Date.UTC(2026, 0, 5, 10)

describe('random records against a plain filter', () => {
  const word = fc.constantFrom('a', 'b', 'A', 'a.b', "it's", '%', 'ü"')
  const outcome = fc.constantFrom('Deduplicated' as const, 'CircuitOpen' as const)
  const facts = fc.record({
    id: fc.integer({ min: 0, max: 30 }).map(String),
    at: fc.integer({ min: T0, max: T0 + 150_000 }),
    took: fc.integer({ min: 0, max: 40_000 }),
    try: fc.integer({ min: 1, max: 2 }),
    outcome: outcome.map((type) => (type === 'Deduplicated' ? { type } : { type, provider: 'p', fallback_chain: [] })),
    draft: fc.record({
      kind: fc.constantFrom('dispatch' as const, 'flush' as const),
      namespace: word,
      tenant: word,
      provider: word,
      action_type: word,
      verdict: word,
      matched_rule: fc.option(word),
      caller_id: word,
      chain_id: fc.option(word),
      node: word,
      action_payload: fc.record({ text: fc.oneof(word, fc.string()) }),
    }),
  })
  const filters: fc.Arbitrary<AuditFilter> = fc.record(
    {
      namespace: word,
      tenant: word,
      provider: word,
      action_type: word,
      outcome: fc.constantFrom('deduplicated', 'circuit_open', 'executed'),
      verdict: word,
      matched_rule: word,
      caller_id: word,
      chain_id: word,
      kind: fc.constantFrom('dispatch' as const, 'system' as const),
      from: fc.integer({ min: T0 - 10, max: T0 + 150_000 }),
      to: fc.integer({ min: T0, max: T0 + 150_010 }),
      text: fc.oneof(word, fc.constantFrom('"outcome":"dedup', 'zz')),
      limit: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: [] },
  )

  const unique = (entries: AuditEntry[]): AuditEntry[] => {
    const seen = new Map<string, AuditEntry>()
    for (const entry of entries) {
      const { namespace, tenant, action_id, kind } = entry.draft
      const key = JSON.stringify([entry.decision.dispatched_at, namespace, tenant, action_id, kind, entry.draft.try])
      if (!seen.has(key)) seen.set(key, entry)
    }
    return [...seen.values()]
  }

  it('pages, totals and figures are those of the plain filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(facts, { maxLength: 60 }),
        fc.array(filters, { minLength: 1, maxLength: 6 }),
        fc.subarray([...FIGURE_KEYS]),
        fc.integer({ min: 1, max: 3 }),
        async (given, asked, group_by, bucket_minutes) => {
          const audit = openMemoryAudit({ clock: systemClock, ttlMs: CONFORMANCE_TTL_MS })
          const entries = given.map(entryOf)
          await audit.append(entries)
          const records = newestFirst(unique(entries))
          for (const filter of asked) {
            const expected = records.filter(matching(filter))
            const found = []
            let cursor: string | undefined
            do {
              const page = await audit.query({ ...filter, cursor })
              expect(page.total).toBe(expected.length)
              found.push(...page.records)
              cursor = page.next_cursor
            } while (cursor !== undefined)
            expect(found).toEqual(expected)
          }
          const query = { from: T0 + 60_000, to: T0 + 150_000, group_by, bucket_minutes }
          expect(await audit.figures(query)).toEqual(recount(records, query))
          await audit.close()
        },
      ),
      { numRuns: 120 },
    )
  })

  it('finds the same in more series than are merged', async () => {
    const audit = openMemoryAudit({ clock: systemClock, ttlMs: CONFORMANCE_TTL_MS })
    const entries = Array.from({ length: 1_500 }, (_, i) =>
      entryOf({
        id: `${i}`,
        at: T0 + ((i * 7_919) % 60_000),
        draft: { action_type: `kind-${i}`, tenant: i % 3 === 0 ? 'b' : 'a' },
      }),
    )
    await audit.append(entries)
    const filters: AuditFilter[] = [
      { namespace: 'ns', limit: 400 },
      { tenant: 'b', limit: 100 },
      { namespace: 'ns', text: 'kind-77' },
    ]
    for (const filter of filters) {
      const expected = newestFirst(entries).filter(matching(filter))
      const found = []
      let cursor: string | undefined
      do {
        const page = await audit.query({ ...filter, cursor })
        expect(page.total).toBe(expected.length)
        found.push(...page.records.map((record) => record.action_id))
        cursor = page.next_cursor
      } while (cursor !== undefined)
      expect(found).toEqual(expected.map((record) => record.action_id))
    }
    await audit.close()
  })
})
