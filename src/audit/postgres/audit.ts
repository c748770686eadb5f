import type pg from 'pg'
import { systemClock, type Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import { withoutPassword } from '../../lib/addresses.js'
import { adviceFor, inSchema, migratePart, openPool, schemaOf, type SqlPart } from '../../lib/postgres.js'
import { buildIndexes, underLock } from '../../lib/postgres-indexes.js'
import { rewriteTexts, type TextPlace } from '../../lib/postgres-rewrite.js'
import { argumentText, escaped } from '../../lib/postgres-text.js'
import type { AuditEntry } from '../record.js'
import type { AuditStore } from '../store.js'
import { recordTexts } from '../texts.js'
import { deliveriesOf } from './deliveries.js'
import { figuring } from './figures.js'
import { querying } from './query.js'
import { recordOfRow, type Read, type RecordRow } from './rows.js'

export interface PostgresAuditOptions {
  /** `postgres://user:password@host:5432/database`. */
  url: string
  /** Names the schema of the tables; `acteon` when absent. */
  prefix?: string
  /** Measures how long a query takes; record times are the state store's. */
  clock?: Clock
  /** How long records and figures are kept, milliseconds; null: for ever. */
  ttlMs: number | null
}

export const AUDIT_PART: SqlPart = { name: 'audit', folder: new URL('./sql/', import.meta.url) }
/** Where records have texts that may hold something sealed. */
const RECORDS: TextPlace = {
  table: 'audit_record',
  key: { at: 'bigint', seq: 'bigint' },
  columns: ['draft', 'changes', 'decision', 'decided', 'gates'],
}
const DEFAULT_PREFIX = 'acteon'
const CONNECTIONS = 4
const STATEMENT_MS = 5_000

/**
 * Opens the audit of a PostgreSQL database, and brings its tables to this version. A state store in the same database
 * writes the records itself, in the transactions of the outcomes (`openPostgresState`, option `audit`); any other feeds it
 * from its outbox.
 * @throws ActeonError STATE_UNAVAILABLE when nobody answers, CONFIG_INVALID, DATA_DAMAGED when a newer Acteon wrote it
 */
export async function openPostgresAudit(options: PostgresAuditOptions): Promise<AuditStore> {
  const { url, prefix = DEFAULT_PREFIX, clock = systemClock, ttlMs } = options
  const schema = schemaOf(prefix, 'audit')
  await migrateAudit(url, prefix)
  const pool = openPool({ url, size: CONNECTIONS, statementTimeoutMs: STATEMENT_MS })
  const read: Read = async <Row extends object>(text: string, values: unknown[]) =>
    (await pool.query<Row>(text.replace(/\bacteon\./g, `${schema}.`), values)).rows
  let ending: Promise<void> | null = null
  return {
    backend: 'postgres',
    append: async (entries) => append(pool, schema, entries, ttlMs),
    query: querying(read, clock),
    figures: figuring(read),
    deliveries: deliveriesOf(read),
    async ofAction(action_id, { namespace, tenant }) {
      const rows = await read<RecordRow & { namespace: string; tenant: string }>(
        `SELECT * FROM acteon.audit_record WHERE action_id = $1 AND ($2::text IS NULL OR namespace = $2)
          AND ($3::text IS NULL OR tenant = $3) ORDER BY at, seq`,
        [escaped(action_id), namespace ?? null, tenant ?? null],
      )
      const newest = rows.at(-1)
      return rows
        .filter((row) => row.namespace === newest!.namespace && row.tenant === newest!.tenant)
        .map((row) => recordOfRow(row))
    },
    async linked({ event, group }, { namespace, tenant }, limit) {
      const rows = await read<RecordRow>(
        `SELECT * FROM acteon.audit_record WHERE (event = $1 OR grp = $2) AND ($3::text IS NULL OR namespace = $3)
          AND ($4::text IS NULL OR tenant = $4) ORDER BY at DESC, seq DESC LIMIT $5`,
        [
          event === undefined ? null : escaped(event),
          group === undefined ? null : escaped(group),
          namespace ?? null,
          tenant ?? null,
          limit,
        ],
      )
      return rows.map((row) => recordOfRow(row))
    },
    async sweep(now, limit) {
      const [row] = await read<{ removed: string }>('SELECT acteon.audit_sweep($1, $2, $3) AS removed', [
        now,
        ttlMs,
        limit,
      ])
      return Number(row!.removed)
    },
    reseal: (request) => rewriteTexts(read, [RECORDS], request),
    close: () => (ending ??= pool.end()),
  }
}

/** Of a batch, what one statement writes: it has to end in its time. */
const PIECE = 200

async function append(pool: pg.Pool, schema: string, entries: AuditEntry[], ttlMs: number | null): Promise<void> {
  const pieces: string[] = []
  for (let at = 0; at < entries.length; at += PIECE)
    pieces.push(argumentText(entries.slice(at, at + PIECE).map(recordTexts)))
  const text = `SELECT ${schema}.audit_append($1::jsonb, $2)`
  if (pieces.length === 1) return void (await pool.query(text, [pieces[0], ttlMs]))
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    for (const piece of pieces) await client.query(text, [piece, ttlMs])
    await client.query('COMMIT')
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    // What it had begun ends with its connection.
    client.release(broken)
  }
}

/** The lock of `audit_sweep` and `audit_prepare`. */
const UPKEEP = 'acteon.audit_sweep'
const NOW = 'extract(epoch FROM clock_timestamp())::float8 * 1000'

/** Whether a partition is missing that `audit_prepare` would make, or try to. */
async function lacksDays(client: pg.ClientBase, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ lacks: boolean }>(
    `SELECT bool_or(to_regclass('${schema}.audit_record_' || floor(${NOW} / 86400000)::bigint + n) IS NULL) AS lacks
    FROM generate_series(0, 3) AS n`,
  )
  return rows[0]!.lacks
}

/** Brings the tables of an audit to this version, with partitions for today and the next days. @throws ActeonError as `openPostgresAudit` */
export async function migrateAudit(url: string, prefix = DEFAULT_PREFIX): Promise<void> {
  const schema = schemaOf(prefix, 'audit')
  const pool = openPool({ url, size: 1, statementTimeoutMs: 0 })
  try {
    const client = await pool.connect()
    try {
      await migratePart(client, schema, AUDIT_PART)
      // A day that began without its partition would stay without one.
      const prepare = () => client.query(`SELECT ${schema}.audit_prepare(${NOW})`)
      await underLock(client, inSchema(UPKEEP, schema), () => lacksDays(client, schema), prepare)
      await buildIndexes(client, schema, AUDIT_PART, { lock: UPKEEP, run: prepare })
    } finally {
      client.release(true)
    }
  } catch (error) {
    if (error instanceof ActeonError) throw error
    throw new ActeonError(
      'STATE_UNAVAILABLE',
      `PostgreSQL at ${withoutPassword(url)} cannot keep records: ${error instanceof Error ? error.message : String(error)}. ${adviceFor(error, 'audit')}`,
      {},
      { cause: error },
    )
  } finally {
    await pool.end()
  }
}
