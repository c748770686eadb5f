import { expect } from 'vitest'
import { entryOf, executed, failed, newestFirst, recount, rerouted, T0 } from './conformance/entries.js'
import type { AuditEntry, AuditStore, FigureQuery } from './store.js'

/**
 * Entries of what was planned for `email`: taken by it, also as a rule had it, by the fallback `sms`, and by nobody; over
 * three minutes and many durations.
 * @param standIn who took what the fallback took, by the entry's own word
 */
export const olderEntries = (standIn: string): AuditEntry[] =>
  Array.from({ length: 60 }, (_, i) => {
    const fallback = i % 5 === 0
    const new_provider = fallback ? standIn : 'email'
    const other = i % 3 === 0 ? executed : failed
    return entryOf({
      id: fallback ? `fallback-${i}` : `own-${i}`,
      at: T0 + i * 3_000,
      took: (i * i * 13) % 40_000,
      outcome: fallback || i % 2 === 0 ? { ...rerouted, new_provider } : other,
      draft: { matched_rule: i < 30 ? 'to-email' : null, node: i % 4 === 0 ? 'node-2' : 'node-1' },
    })
  })

/** Records and figures are those of entries that the fallback took. */
export async function expectCarriers(audit: AuditStore): Promise<void> {
  const records = newestFirst(olderEntries('sms'))
  expect((await audit.query({ limit: 1_000 })).records).toEqual(records)
  for (const carrier of ['sms', 'email']) {
    const expected = records.filter(({ delivered_by, provider }) => (delivered_by ?? provider) === carrier)
    expect((await audit.query({ carrier, limit: 1_000 })).records).toEqual(expected)
  }
  const window = { from: T0, to: T0 + 3_600_000 }
  const queries: FigureQuery[] = [
    { ...window, group_by: ['carrier', 'outcome', 'rule', 'node'], bucket_minutes: 1 },
    { ...window, group_by: ['provider', 'carrier'] },
    { ...window, group_by: ['provider'], bucket_minutes: 1 },
    { ...window, group_by: ['outcome'], where: { carrier: 'sms' } },
  ]
  for (const query of queries) expect(await audit.figures(query)).toEqual(recount(records, query))
}
