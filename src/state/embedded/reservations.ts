import { releasesHolds, type Outcome } from '../../action/outcome.js'
import type { ReservationGate } from '../plan.js'
import { holdsBeyond } from './entries.js'
import { parsed } from './json.js'
import { packed } from './sql.js'
import type { Step } from './step.js'
import type { Hold } from './work.js'

/** How many ids of duplicates are remembered with a key. */
const LAST_DUPLICATES = 10

export interface ReservationRow {
  holder: number
  holder_id: string
  until: number
  count: number
  last: string
}

/** Who takes a key. */
export interface Holder {
  tenant: string
  entry: number
  id: string
}

export interface Duplicates {
  count: number
  last: string[]
}

const rowAt = ({ sql }: Step, key: string): ReservationRow | undefined =>
  sql.get<ReservationRow>('SELECT holder, holder_id, until, count, last FROM reservation WHERE key = ?', packed(key))

/** What is stored of a key, and whose id refuses `entry`: a reservation holds until its time and its holder's outcome. */
export function reservationAt(
  step: Step,
  key: string,
  entry: number | null,
): { row: ReservationRow | undefined; heldBy: string | null } {
  const row = rowAt(step, key)
  const held =
    row !== undefined && row.holder !== entry && (row.until > step.now || holdsBeyond(step, row.holder, row.until))
  return { row, heldBy: held ? row.holder_id : null }
}

/** Takes a free key, or takes one's own anew: then it goes on counting its duplicates. */
export function reserve(step: Step, gate: ReservationGate, row: ReservationRow | undefined, holder: Holder): void {
  const { sql, tally, now } = step
  const own = row?.holder === holder.entry
  sql.run(
    'INSERT OR REPLACE INTO reservation VALUES (?, ?, ?, ?, ?, ?, ?)',
    packed(gate.key),
    holder.tenant,
    holder.entry,
    holder.id,
    now + gate.ttl_ms,
    own ? row.count : 0,
    own ? row.last : '[]',
  )
  if (row === undefined) tally.add('reservations', holder.tenant, 1)
}

export function countDuplicate(step: Step, key: string, id: string): void {
  const last = parsed<string[]>(rowAt(step, key)!.last)
  step.sql.run(
    'UPDATE reservation SET count = count + 1, last = ? WHERE key = ?',
    JSON.stringify([...last, id].slice(-LAST_DUPLICATES)),
    packed(key),
  )
}

/** The duplicates that an entry stood for, over the keys that are still its own. */
export function duplicatesOf(step: Step, holds: Hold[], entry: number): Duplicates {
  const own = holds.map(([key]) => rowAt(step, key)).filter((row) => row?.holder === entry)
  return {
    count: own.reduce((sum, row) => sum + row!.count, 0),
    last: own.flatMap((row) => parsed<string[]>(row!.last)).slice(-LAST_DUPLICATES),
  }
}

/** Releases what an outcome does not leave held: keys that a failure releases, unless it is unknown whether it took effect. */
export function release({ sql, tally }: Step, holds: Hold[], entry: number, tenant: string, outcome: Outcome): void {
  if (!releasesHolds(outcome)) return
  for (const [key, keep] of holds) {
    if (keep) continue
    const released = sql.run('DELETE FROM reservation WHERE key = ? AND holder = ?', packed(key), entry)
    tally.add('reservations', tenant, -released)
  }
}

/** A due action takes over what the action that scheduled it still holds. */
export function handOver({ sql, now }: Step, holds: Hold[], from: number, to: Holder): void {
  for (const [key] of holds)
    sql.run(
      'UPDATE reservation SET holder = ?, holder_id = ? WHERE key = ? AND holder = ? AND until > ?',
      to.entry,
      to.id,
      packed(key),
      from,
      now,
    )
}

/** Removes at most `limit` reservations of a tenant that hold no more; how many. */
export function forgetReservations({ sql, tally, now }: Step, tenant: string, limit: number): number {
  const removed = sql.run(
    `DELETE FROM reservation WHERE key IN (SELECT key FROM reservation WHERE tenant = ? AND until <= ?
      AND NOT EXISTS (SELECT 1 FROM entry WHERE seq = holder AND settled_at IS NULL AND dispatched_at < until) ORDER BY until LIMIT ?)`,
    tenant,
    now,
    limit,
  )
  tally.add('reservations', tenant, -removed)
  return removed
}
