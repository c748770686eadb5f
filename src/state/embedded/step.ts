import type { SharedAudit } from '../../audit/store.js'
import type { Limits } from '../store.js'
import type { Counters } from './counters.js'
import type { Sql } from './sql.js'
import type { Tally } from './tally.js'

/** What every operation works with, the same for all of a store. */
export interface Settings {
  limits: Limits
  /** How long a settled id is answered, milliseconds. */
  idRetentionMs: number
  /** How long a dead letter is kept, milliseconds. */
  deadLetterRetentionMs: number
  /** How many audit entries of one tenant may wait in the outbox. */
  outboxBound: number
  /** Where audit shares the database. */
  audit: SharedAudit | null
}

/**
 * One step of the store: an operation is a synchronous function of a step and its request. It runs inside a transaction,
 * may run once more after a rollback, and keeps nothing outside of the database but what the step rolls back with it.
 */
export interface Step {
  readonly sql: Sql
  readonly settings: Settings
  readonly tally: Tally
  readonly counters: Counters
  /** The store's time, milliseconds; equal throughout the operation. */
  readonly now: number
  /** Says how large the operation's answer is, characters, so that what is remembered of answers stays bounded. */
  weigh(size: number): void
}

/** A number that grows with time over all rows and was never used, also after a restart: milliseconds × 1,024, counted on. */
export function nextSeq({ counters, now }: Step): number {
  counters.seq = Math.max(counters.seq + 1, Math.floor(now) * 1_024)
  return counters.seq
}
