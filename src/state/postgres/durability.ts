import type pg from 'pg'
import type { Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import type { Durability } from '../store.js'

/** What a session says of its server. */
export interface Facts {
  version: number
  synchronous_commit: string
  fsync: string
  standby: boolean
  /** Grows with each failover; null on a standby. */
  timeline: string | null
}

export const factsOf = async (client: Pick<pg.ClientBase, 'query'> | pg.Pool): Promise<Facts> =>
  (
    await (client as pg.Pool).query<Facts>(`
    SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('fsync') AS fsync, pg_is_in_recovery() AS standby,
      CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline`)
  ).rows[0]!

const OLDEST = 150_000

/** @throws ActeonError CONFIG_INVALID when the server cannot do */
export function checkServer({ version, standby }: Facts, where: string): void {
  if (version < OLDEST)
    throw new ActeonError(
      'CONFIG_INVALID',
      `PostgreSQL at ${where} is version ${Math.floor(version / 10_000)}; Acteon needs 15 or newer.`,
    )
  if (standby)
    throw new ActeonError(
      'CONFIG_INVALID',
      `PostgreSQL at ${where} is a standby, which takes no writes; name the primary, or an address that always leads to it.`,
    )
}

const FLUSHED = new Set(['on', 'remote_apply', 'remote_write', 'local'])

/** The class that holds with what a session says. */
export function classOf({ synchronous_commit, fsync }: Facts): Durability {
  if (fsync !== 'on')
    return {
      class: 'postgres-async',
      degraded: true,
      says: 'PostgreSQL runs with fsync = off: what was answered may be lost, and the database damaged, when its machine loses power.',
    }
  if (!FLUSHED.has(synchronous_commit))
    return {
      class: 'postgres-async',
      degraded: true,
      says: `PostgreSQL answers before it has flushed (synchronous_commit = ${synchronous_commit}): about half a second of answers may be lost when it is killed or loses power.`,
    }
  return {
    class: 'postgres',
    degraded: false,
    says: 'Every answer waits until PostgreSQL has flushed it: nothing is lost when a node or PostgreSQL is killed or loses power. After a failover to an asynchronous standby the last answers may be gone, and that is declared.',
  }
}

/** How long possible loss is declared after a failover was noticed. */
const DECLARED_MS = 600_000

export interface Watch {
  /** What a new session said. */
  saw(facts: Facts): void
  durability(): Durability
}

/** Knows the class that the newest session has, and notices a failover: then the timeline is another. */
export function watchSessions(first: Facts, clock: Clock): Watch {
  let base = classOf(first)
  let timeline = first.timeline
  let noticed: { at: number; monotonic: number } | null = null
  return {
    saw(facts) {
      base = classOf(facts)
      if (facts.timeline === null || facts.timeline === timeline) return
      if (timeline !== null) noticed = { at: clock.now(), monotonic: clock.monotonic() }
      timeline = facts.timeline
    },
    durability() {
      if (noticed === null || clock.monotonic() - noticed.monotonic >= DECLARED_MS) return base
      return {
        ...base,
        degraded: true,
        says: `Possible loss: since ${new Date(noticed.at).toISOString()} PostgreSQL is on another timeline, after a failover or a restore; what was acknowledged just before may be gone. ${base.says}`,
        possible_loss_at: noticed.at,
      }
    },
  }
}
