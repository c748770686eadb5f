import type { Op } from '../store.js'
import { removeDeadLetter, type DeadLetterRow } from './dead-letters.js'
import { isOver, removeEntry, type EntryRow } from './entries.js'
import { forgetEvents } from './events.js'
import { forgetFrames } from './frames.js'
import { forgetNodes } from './leases.js'
import { forgetRates } from './records.js'
import { forgetReservations } from './reservations.js'
import type { Step } from './step.js'
import { forgetWindows } from './windows.js'

/** Removing 200 rows takes a few milliseconds; a caller that asks for more gets them in its next sweeps. */
const MOST_ROWS = 200

/** Where the last sweep stopped, for kinds that are gone through in turn. */
export interface Rounds {
  window: number
  tenant: number
}

/** Removes what has expired, a few rows of each kind; how many. Nothing depends on when it runs. */
export function sweep(step: Step, { limit: asked }: Op & { limit: number }, rounds: Rounds): number {
  const limit = Math.min(MOST_ROWS, asked)
  const windows = forgetWindows(step, rounds.window, limit)
  rounds.window = windows.next
  return (
    forgetEntries(step, limit) +
    forgetHeldKeys(step, limit, rounds) +
    windows.removed +
    forgetEvents(step, limit) +
    forgetDeadLetters(step, limit) +
    forgetFrames(step, limit) +
    forgetRates(step, limit) +
    forgetNodes(step, limit)
  )
}

function forgetEntries(step: Step, limit: number): number {
  const { sql, now, settings } = step
  const rows = sql.all<EntryRow>(
    `SELECT * FROM entry WHERE settled_at <= ? AND work IS NULL
      AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE entry = seq) ORDER BY settled_at LIMIT ?`,
    now - settings.idRetentionMs,
    limit,
  )
  const over = rows.filter((row) => isOver(step, row))
  for (const { seq } of over) removeEntry(step, seq)
  return over.length
}

/** Tenants take turns, so that one with many keys does not keep the others' from being removed. */
function forgetHeldKeys(step: Step, limit: number, rounds: Rounds): number {
  const tenants = step.tally.tenants('reservations')
  let removed = 0
  for (let looked = 0; looked < Math.min(tenants.length, limit) && removed < limit; looked++)
    removed += forgetReservations(step, tenants[rounds.tenant++ % tenants.length]!, limit - removed)
  return removed
}

function forgetDeadLetters(step: Step, limit: number): number {
  const old = step.sql.all<DeadLetterRow>(
    'SELECT pos, tenant FROM dead_letter WHERE pos < ? ORDER BY pos LIMIT ?',
    Math.floor(step.now - step.settings.deadLetterRetentionMs) * 1_024,
    limit,
  )
  for (const row of old) removeDeadLetter(step, row)
  return old.length
}
