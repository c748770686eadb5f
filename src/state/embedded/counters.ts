import type { Clock } from '../../lib/clock.js'
import type { Sql } from './sql.js'

/** Numbers that never go back, stored with each commit. */
export interface Counters {
  /** The store's time of the last step, milliseconds. */
  clock: number
  /** The last number of `nextSeq`. */
  seq: number
  /** The last position in the event log. */
  frame: number
  /** The last incarnation. */
  owner: number
}

export interface StoredCounters extends Counters {
  /** Writes them, as part of the transaction. */
  save(): void
  /** After the commit: `rollback` goes back to here. */
  commit(): void
  rollback(): void
}

export function storedCounters(sql: Sql): StoredCounters {
  let committed = sql.get<Counters>('SELECT clock, seq, frame, owner FROM counters WHERE id = 1')!
  return {
    ...committed,
    save() {
      const { clock, seq, frame, owner } = this
      sql.run('UPDATE counters SET clock = ?, seq = ?, frame = ?, owner = ? WHERE id = 1', clock, seq, frame, owner)
    },
    commit() {
      const { clock, seq, frame, owner } = this
      committed = { clock, seq, frame, owner }
    },
    rollback() {
      // The time that was told stays told: a failed commit must not let it run backwards.
      const { seq, frame, owner } = committed
      Object.assign(this, { seq, frame, owner })
    },
  }
}

/**
 * The store's time: wall time, but never less than before. While the wall is behind (it was set back, or an earlier
 * process had a faster one) time goes on at the pace of the monotonic clock, so that leases and jobs still come due.
 */
export function storeClock(counters: Counters, clock: Clock): (given?: number) => number {
  let last = { at: counters.clock, monotonic: clock.monotonic() }
  return (given) => {
    const monotonic = clock.monotonic()
    const wall = given ?? clock.now()
    const at =
      wall >= last.at || given !== undefined
        ? Math.max(wall, last.at)
        : last.at + Math.max(0, monotonic - last.monotonic)
    last = { at, monotonic }
    counters.clock = Math.max(counters.clock, at)
    return counters.clock
  }
}
