import { systemClock, type Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import { withoutPassword } from '../../lib/addresses.js'
import { adviceFor, migratePart, openPool, schemaOf, type SqlPart } from '../../lib/postgres.js'
import { DEFAULT_LIMITS, StoreUnavailable, type Limits, type StateStore } from '../store.js'
import { checkServer, factsOf, watchSessions, type Facts } from './durability.js'
import { failureOf } from './failure.js'
import { serverOf } from './server.js'
import { createStore } from './store.js'

/** What a state store on PostgreSQL is opened with. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`. */
  url: string
  /** Names the schema of the tables; `acteon` when absent. Stores of different prefixes do not see each other. */
  prefix?: string
  /** Refuses to open a store that may lose accepted actions when the server ends. */
  requireDurable?: boolean
  /** Virtual time, for simulations: it answers what does not name a time. The machine's own, or absent: the server's. */
  clock?: Clock
  /** Caps per tenant; those that are left out have their defaults. */
  limits?: Partial<Limits>
  /** How long a settled id is answered; 24 h when absent. */
  idRetentionMs?: number
  /** How long a dead letter is kept; 30 d when absent. */
  deadLetterRetentionMs?: number
  /** How many audit entries of one tenant may wait in the outbox; 100,000 when absent. */
  outboxBound?: number
  /**
   * Where records go: into the tables of an audit in this database, in the transactions of the outcomes (its prefix and how
   * long it keeps them; it is opened first); `off`: nowhere. Absent: into the outbox.
   */
  audit?: { prefix: string; ttlMs: number | null } | 'off'
  /** How many connections a node keeps; 20 when absent. */
  connections?: number
}

export const STATE_PART: SqlPart = { name: 'state', folder: new URL('./sql/', import.meta.url) }
const DEFAULT_PREFIX = 'acteon'
/** What takes longer is cancelled; nothing of it happened. */
const STATEMENT_MS = 5_000

/**
 * Opens the state store of a PostgreSQL database, and brings its tables to this version.
 * @throws ActeonError CONFIG_INVALID when the server cannot do, STATE_UNAVAILABLE when nobody answers, DATA_DAMAGED when a
 * newer Acteon wrote it
 * @example
 * const state = await openPostgresState({ url: 'postgres://acteon@127.0.0.1/acteon' })
 */
export async function openPostgresState(options: PostgresOptions): Promise<StateStore> {
  const { url, prefix = DEFAULT_PREFIX, clock = systemClock, audit = null, connections } = options
  const schema = schemaOf(prefix, 'state')
  const facts = await migrateState(url, prefix)
  const watch = watchSessions(facts, clock)
  const pool = openPool({
    url,
    statementTimeoutMs: STATEMENT_MS,
    ...(connections !== undefined && { size: connections }),
    // Each session says for itself what its commits wait for.
    onConnect: async (client) => {
      try {
        watch.saw(await factsOf(client))
      } catch (error) {
        // What asked for a connection has sent nothing yet.
        throw new StoreUnavailable(failureOf(error).message, 'no', { cause: error })
      }
    },
  })
  try {
    const durability = watch.durability()
    if (options.requireDurable === true && durability.degraded)
      throw new ActeonError(
        'CONFIG_INVALID',
        `[state] require_durable is set, and PostgreSQL at ${withoutPassword(url)} is not durable: ${durability.says}`,
      )
    return createStore({
      pool,
      server: serverOf(pool, schema, clock === systemClock ? null : () => clock.now()),
      watch,
      clock,
      settings: {
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        idRetentionMs: options.idRetentionMs ?? 86_400_000,
        deadLetterRetentionMs: options.deadLetterRetentionMs ?? 30 * 86_400_000,
        outboxBound: options.outboxBound ?? 100_000,
        audit:
          audit === null || audit === 'off' ? audit : { schema: schemaOf(audit.prefix, 'audit'), ttlMs: audit.ttlMs },
      },
    })
  } catch (error) {
    await pool.end()
    throw explained(error, url)
  }
}

/** Brings the tables of a state store to this version; what its server says. @throws ActeonError as `openPostgresState` */
export async function migrateState(url: string, prefix = DEFAULT_PREFIX): Promise<Facts> {
  const schema = schemaOf(prefix, 'state')
  // Waiting for another node that migrates, or changing a large table, takes as long as it takes.
  const pool = openPool({ url, size: 1, statementTimeoutMs: 0 })
  try {
    const client = await pool.connect()
    try {
      const facts = await factsOf(client)
      checkServer(facts, withoutPassword(url))
      await migratePart(client, schema, STATE_PART)
      await client.query(`SELECT ${schema}.own_log()`)
      return facts
    } finally {
      client.release(true)
    }
  } catch (error) {
    throw explained(error, url)
  } finally {
    await pool.end()
  }
}

/** What an answer of the server at open means to whoever starts Acteon. */
function explained(error: unknown, url: string): unknown {
  if (error instanceof ActeonError) return error
  const message =
    error instanceof Error && error.message !== '' ? error.message : String((error as { code?: unknown }).code)
  return new ActeonError(
    'STATE_UNAVAILABLE',
    `PostgreSQL at ${withoutPassword(url)} cannot be used: ${message}. ${adviceFor(error, 'state')}`,
    {},
    { cause: error },
  )
}
