import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Resealed, ResealRequest } from '../store.js'

/** Rewrites records (`AuditStore.reseal`), a piece at a time, oldest first. The caller's transaction. */
export function resealer(db: DatabaseSyncInstance): (request: ResealRequest) => Resealed {
  // Places are longer than a number of ours is exact, so they travel as texts.
  const read = db.prepare(
    'SELECT CAST(place AS TEXT) AS place, record FROM audit_record WHERE place > CAST(? AS INTEGER) ORDER BY audit_record.place LIMIT ?',
  )
  const write = db.prepare('UPDATE audit_record SET record = ? WHERE place = CAST(? AS INTEGER)')
  return ({ after, limit, change }) => {
    const rows = read.all(after ?? '-1', limit) as { place: string; record: string }[]
    let changed = 0
    for (const { place, record } of rows) {
      const text = change(record)
      if (text === null) continue
      write.run(text, place)
      changed++
    }
    return { next: rows.length === limit ? rows.at(-1)!.place : null, changed }
  }
}
