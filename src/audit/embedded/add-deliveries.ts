import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { recordOfJson } from '../record.js'
import { deliveryHashOf } from './hashes.js'

/** Brings tables of version 2 to version 3, where what was delivered for an event is found by it. The caller's transaction. */
export function addDeliveries(db: DatabaseSyncInstance): void {
  db.exec('ALTER TABLE audit_record ADD COLUMN delivery_hash INTEGER')
  // Places are longer than a number of ours is exact, so they travel as texts.
  const read = db.prepare(`
    SELECT CAST(place AS TEXT) AS place, record FROM audit_record
    WHERE place > CAST(? AS INTEGER) AND event_hash IS NOT NULL
      AND series IN (SELECT id FROM audit_series WHERE outcome IN ('executed', 'rerouted'))
    ORDER BY audit_record.place LIMIT 1000`)
  const write = db.prepare('UPDATE audit_record SET delivery_hash = ? WHERE place = CAST(? AS INTEGER)')
  for (let after = '-1'; ;) {
    const rows = read.all(after) as { place: string; record: string }[]
    for (const { place, record } of rows) write.run(deliveryHashOf(recordOfJson(record)), place)
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.place
  }
}
