import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { carrierOf, recordOf, type AuditEntry, type AuditRecord } from '../record.js'
import { durationBucket, NO_RULE } from '../store.js'
import { deliveryHashOf, hash48 } from './hashes.js'
import { BUCKETS, countInto, INSERT_RECORD, INSERT_SERIES, SERIES_COLUMNS } from './tables.js'

/** How many series are remembered. Callers choose what they are made of. */
const REMEMBERED = 50_000

/** Writes one record and its figures as part of the caller's transaction; a repeat changes nothing. Throws when it cannot. */
export type WriteRecord = (entry: AuditEntry) => void

export function recordWriter(db: DatabaseSyncInstance, ttlMs: number | null): WriteRecord {
  const insertRecord = db.prepare(INSERT_RECORD)
  const insertSeries = db.prepare(INSERT_SERIES)
  const findSeries = db.prepare('SELECT id FROM audit_series WHERE key = ?')
  const count = Array.from({ length: BUCKETS }, (_, bucket) => db.prepare(countInto(bucket)))
  // Only a hint: a rolled back transaction takes new series with it, so INSERT_RECORD checks number and key.
  const known = new Map<string, number>()

  function seriesOf(key: string, values: string[]): number {
    insertSeries.run(key, ...values)
    const { id } = findSeries.get(key) as { id: number }
    if (known.size >= REMEMBERED) known.clear()
    known.set(key, id)
    return id
  }

  return (entry) => {
    const record = recordOf(entry, ttlMs)
    const at = Math.floor(entry.decision.dispatched_at)
    const values = seriesValues(record)
    const key = JSON.stringify(values)
    const { event, group } = record.trace.links
    const facts = [
      hash48(record.action_id),
      record.try,
      ttlMs === null ? null : at + ttlMs,
      record.chain_id,
      event === undefined ? null : hash48(event),
      group === undefined ? null : hash48(group),
      deliveryHashOf(record),
      record.action_id,
      JSON.stringify(record),
    ]
    const remembered = known.get(key)
    let series = remembered ?? seriesOf(key, values)
    let { changes } = insertRecord.run(at, series, key, ...facts)
    if (changes === 0 && remembered !== undefined) {
      series = seriesOf(key, values)
      changes = insertRecord.run(at, series, key, ...facts).changes
    }
    if (changes === 0) return
    count[durationBucket(record.duration_ms)]!.run(Math.floor(at / 60_000), series, record.duration_ms)
  }
}

function seriesValues(record: AuditRecord): string[] {
  const values = { ...record, rule: record.matched_rule ?? NO_RULE, carrier: carrierOf(record) }
  return SERIES_COLUMNS.map((name) => values[name])
}
