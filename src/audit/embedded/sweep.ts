import type { DatabaseSyncInstance } from '@photostructure/sqlite'

/**
 * Removes records that have expired, then minutes of the roll-up that are older than the time to live, at most `limit`
 * rows together, and series that nothing is left of. The caller's transaction; answers how many rows were removed.
 */
export function sweeper(db: DatabaseSyncInstance, ttlMs: number | null): (now: number, limit: number) => number {
  const records = db.prepare(`
    DELETE FROM audit_record WHERE place IN
      (SELECT place FROM audit_record INDEXED BY audit_by_expiry WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
    RETURNING series`)
  const minutes = db.prepare(`
    DELETE FROM audit_figure WHERE (minute, series) IN
      (SELECT minute, series FROM audit_figure WHERE minute < ? ORDER BY minute LIMIT ?)
    RETURNING series`)
  const unused = db.prepare(`
    DELETE FROM audit_series WHERE id = ?1
      AND NOT EXISTS (SELECT 1 FROM audit_record WHERE series = ?1)
      AND NOT EXISTS (SELECT 1 FROM audit_figure WHERE series = ?1)`)

  return (now, limit) => {
    const gone = records.all(now, limit) as { series: number }[]
    if (ttlMs !== null && gone.length < limit)
      gone.push(...(minutes.all(Math.floor((now - ttlMs) / 60_000), limit - gone.length) as { series: number }[]))
    for (const series of new Set(gone.map((row) => row.series))) unused.run(series)
    return gone.length
  }
}
