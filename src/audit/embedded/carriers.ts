import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { DURATION_BOUNDS_MS } from '../store.js'

/** What a series was made of in version 1, in the order of its key. */
const COLUMNS = [
  'kind',
  'node',
  'namespace',
  'tenant',
  'provider',
  'action_type',
  'verdict',
  'rule',
  'outcome',
  'caller_id',
] as const
type Series = { id: number } & Record<(typeof COLUMNS)[number], string>

const BUCKETS = [...DURATION_BOUNDS_MS, Infinity].map((bound, i) => {
  const above = DURATION_BOUNDS_MS[i - 1] ?? -1
  return { name: `b${i}`, holds: bound === Infinity ? `took > ${above}` : `took > ${above} AND took <= ${bound}` }
})
const NAMES = ['count', 'sum_ms', ...BUCKETS.map(({ name }) => name)]

/**
 * Brings tables of version 1 to version 2, where a series knows who took its actions: what a fallback delivered leaves the
 * series of the provider that it stood in for, and so do its figures. The caller's transaction.
 */
export function addCarriers(db: DatabaseSyncInstance): void {
  db.exec("ALTER TABLE audit_series ADD COLUMN carrier TEXT NOT NULL DEFAULT ''")
  const all = db.prepare('SELECT * FROM audit_series').all() as Series[]
  const rename = db.prepare('UPDATE audit_series SET key = ?, carrier = ? WHERE id = ?')
  const keyOf = (series: Series, carrier: string): string =>
    JSON.stringify([...COLUMNS.map((name) => series[name]), carrier])
  for (const series of all) rename.run(keyOf(series, series.provider), series.provider, series.id)

  const carrierOfRecord = "json_extract(record, '$.outcome_details.new_provider')"
  const standIns = db.prepare(
    `SELECT DISTINCT ${carrierOfRecord} AS carrier FROM audit_record INDEXED BY audit_by_series WHERE series = ?1 AND carrier <> ?2`,
  )
  const insert = db.prepare(
    `INSERT INTO audit_series (key, carrier, ${COLUMNS.join(', ')}) VALUES (?, ?, ${COLUMNS.map(() => '?').join(', ')})`,
  )
  const move = db.prepare(`UPDATE audit_record SET series = ?1 WHERE series = ?2 AND ${carrierOfRecord} = ?3`)
  const count = db.prepare(`
    INSERT INTO audit_figure (minute, series, ${NAMES.join(', ')})
    SELECT (place >> 21) / 60000 AS minute, ?1, count(*), sum(took), ${BUCKETS.map(({ holds }) => `sum(${holds})`).join(', ')}
    FROM (SELECT place, json_extract(record, '$.duration_ms') AS took FROM audit_record WHERE series = ?1) GROUP BY minute`)
  const uncount = db.prepare(`
    UPDATE audit_figure AS f SET ${NAMES.map((name) => `${name} = f.${name} - moved.${name}`).join(', ')}
    FROM (SELECT * FROM audit_figure WHERE series = ?1) AS moved WHERE f.series = ?2 AND f.minute = moved.minute`)
  const drop = db.prepare('DELETE FROM audit_figure WHERE series = ? AND count <= 0')
  for (const series of all.filter(({ outcome }) => outcome === 'rerouted')) {
    const found = standIns.all(series.id, series.provider) as { carrier: string }[]
    for (const { carrier } of found) {
      const values = COLUMNS.map((name) => series[name])
      const id = Number(insert.run(keyOf(series, carrier), carrier, ...values).lastInsertRowid)
      move.run(id, series.id, carrier)
      count.run(id)
      uncount.run(id, series.id)
    }
    if (found.length > 0) drop.run(series.id)
  }
}
