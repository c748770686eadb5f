import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { askedOf, carrierOf, recordOfJson, type AuditRecord } from '../record.js'
import type { Delivery, EventSince } from '../store.js'
import { deliveryHash } from './hashes.js'
import { placeOf } from './query.js'

/** How many events are looked up before the event loop has its turn. */
const PIECE = 100

/** What was delivered for events since a time (`AuditStore.deliveries`): one look into an index for each. */
export function deliveriesOf(
  db: DatabaseSyncInstance,
): (events: readonly EventSince[], each: number) => Promise<Delivery[][]> {
  const newest = db.prepare(
    'SELECT record FROM audit_record INDEXED BY audit_by_delivery WHERE delivery_hash = ? AND place >= ? ORDER BY place DESC LIMIT ?',
  )
  return async (events, each) => {
    const found: Delivery[][] = []
    for (const event of events) {
      const rows = newest.all(deliveryHash(event), placeOf(event.from), each) as { record: string }[]
      found.push(
        rows
          .map(({ record }) => recordOfJson(record))
          .filter(isOf(event))
          .map(deliveryOf),
      )
      if (found.length % PIECE === 0) await turn()
    }
    return found
  }
}

const isOf =
  ({ namespace, tenant, event }: EventSince) =>
  (record: AuditRecord): boolean =>
    record.namespace === namespace && record.tenant === tenant && record.trace.links.event === event

const deliveryOf = (record: AuditRecord): Delivery => ({
  action_id: record.action_id,
  asked: askedOf(record),
  carrier: carrierOf(record),
  action_type: record.action_type,
  dispatched_at: Date.parse(record.dispatched_at),
})
