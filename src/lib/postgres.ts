import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import pg from 'pg'
import { ActeonError } from './errors.js'
import { sha256 } from './ids.js'
import { tlsAdvice } from './tls-advice.js'
import { comesBefore, VERSION } from './version.js'

/** A part of the schema that is migrated by itself: the folder of its `migrations`, `functions` and `indexes`. */
export interface SqlPart {
  /** Under which its version is kept. */
  name: string
  /**
   * A folder with `migrations/NNNN-….sql`, each run once and in order, `functions/*.sql`, replaced when one changed, and
   * `indexes/NAME.sql`, where it has some: what is built in tables that may be large already (`buildIndexes`).
   */
  folder: URL
}

/** One of its files. */
export interface SqlText {
  name: string
  text: string
}

const NAME = /^[a-z_][a-z0-9_]{0,39}$/

/**
 * The schema of a prefix: its name in PostgreSQL, which takes letters, digits and underscores.
 * @throws ActeonError CONFIG_INVALID
 */
export function schemaOf(prefix: string, section: string): string {
  const name = prefix.toLowerCase().replace(/[.:-]/g, '_').replace(/_+$/, '')
  if (!NAME.test(name))
    throw new ActeonError(
      'CONFIG_INVALID',
      `[${section}] prefix "${prefix.slice(0, 60)}" must begin with a letter and have at most 40 letters, digits, and . _ : - (it names the schema of the tables)`,
    )
  return name
}

/** The texts name the schema `acteon`; here it gets the name that it has. */
export const inSchema = (text: string, schema: string): string => text.replace(/\bacteon\./g, `${schema}.`)

async function textsIn(folder: string): Promise<SqlText[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}

/** The indexes of a part, one in each text. */
export async function indexesOf({ folder }: SqlPart): Promise<SqlText[]> {
  const own = join(fileURLToPath(folder), 'indexes')
  return existsSync(own) ? textsIn(own) : []
}

/** Two numbers that nobody else's advisory locks have by chance: "acte", "migr". */
const LOCK = '7089059, 7300466'

/**
 * Brings a part's tables and functions to this version: missing migrations in order, and all functions when one of them
 * changed, in one transaction under an advisory lock. Many nodes may do this at once; a store that is up to date costs one
 * query. Tables that are made here get their indexes with them. Tables of a newer Acteon are not touched, and its functions stay, which serve this version as well: a node that
 * starts late in an upgrade takes nothing back.
 * @throws ActeonError DATA_DAMAGED when a newer Acteon wrote the tables
 */
export async function migratePart(client: pg.ClientBase, schema: string, part: SqlPart): Promise<void> {
  const folder = fileURLToPath(part.folder)
  const migrations = await textsIn(join(folder, 'migrations'))
  const functions = await textsIn(join(folder, 'functions'))
  const hash = sha256(functions.map(({ name, text }) => name + text).join('\n'))
  const found = await versionOf(client, schema, part)
  if (found !== null && found.version === migrations.length && isServed(found, hash)) return
  await client.query('BEGIN')
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`)
    await client.query(
      `CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE TABLE IF NOT EXISTS ${schema}.acteon_version (part text PRIMARY KEY, version int NOT NULL, functions text NOT NULL);
      ALTER TABLE ${schema}.acteon_version ADD COLUMN IF NOT EXISTS program text NOT NULL DEFAULT ''`,
    )
    const there = (await versionOf(client, schema, part)) ?? { version: 0, functions: '', program: '' }
    if (there.version > migrations.length)
      throw new ActeonError(
        'DATA_DAMAGED',
        `Schema ${schema} was written by a newer Acteon (${part.name} version ${there.version}; this version knows ${migrations.length}); nothing was changed. Start that newer version, or use another prefix.`,
      )
    const made = [...migrations.slice(there.version), ...(there.version === 0 ? await indexesOf(part) : [])]
    const texts = [...made.map(({ text }) => text), ...(isServed(there, hash) ? [] : functions.map(({ text }) => text))]
    // Bodies of functions name each other, in no order.
    await client.query(inSchema(['SET LOCAL check_function_bodies = off;', ...texts].join('\n'), schema))
    await client.query(
      `INSERT INTO ${schema}.acteon_version (part, version, functions, program) VALUES ($1, $2, $3, $4)
      ON CONFLICT (part) DO UPDATE SET version = excluded.version, functions = excluded.functions, program = excluded.program`,
      [part.name, migrations.length, ...(isServed(there, hash) ? [there.functions, there.program] : [hash, VERSION])],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** What a schema has of a part. */
interface There {
  version: number
  functions: string
  /** The version of Acteon whose functions they are. */
  program: string
}

/** Its functions are those of this version, or of a newer one. */
const isServed = ({ functions, program }: There, hash: string): boolean =>
  functions === hash || (program !== '' && comesBefore(VERSION, program))

async function versionOf(client: pg.ClientBase, schema: string, part: SqlPart): Promise<There | null> {
  const known = await client.query<{ there: boolean }>(
    `SELECT to_regclass('${schema}.acteon_version') IS NOT NULL AS there`,
  )
  if (!known.rows[0]!.there) return null
  // The column came later than the table.
  const { rows } = await client.query<There>(
    `SELECT version, functions, coalesce(to_jsonb(v) ->> 'program', '') AS program FROM ${schema}.acteon_version v WHERE part = $1`,
    [part.name],
  )
  return rows[0] ?? null
}

/**
 * With TLS the certificate is verified, its name as well: `prefer` and `require`, which others take for less, and
 * `verify-ca` mean `verify-full`. Who wants no more than encryption says `no-verify`, or `uselibpqcompat=true`.
 */
const verifying = (url: string): string =>
  /[?&]uselibpqcompat=true(&|$)/.test(url)
    ? url
    : url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full')

/** What to do when a database cannot be used at the start, as a sentence. */
export const adviceFor = (error: unknown, section: 'state' | 'audit'): string =>
  tlsAdvice(error, 'name the authority that signed it with sslrootcert=FILE in the url') ??
  `Acteon's user needs to connect, and to create a schema in that database or to own the one of [${section}] prefix.`

/** How many connections a node keeps. */
export const POOL_SIZE = 20

/**
 * Connections to a server. None is made before it is needed, and one that broke is thrown away.
 * @param options.statementTimeoutMs what takes longer is cancelled by the server; 0: nothing is
 * @param options.onConnect is waited for before a new connection is used; when it fails, so does what asked for one
 */
export function openPool(options: {
  url: string
  size?: number
  statementTimeoutMs: number
  onConnect?: (client: pg.ClientBase) => Promise<void>
}): pg.Pool {
  const { url, size = POOL_SIZE, statementTimeoutMs, onConnect } = options
  const pool = new pg.Pool({
    connectionString: verifying(url),
    max: size,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    // The server may be gone without a word: the client gives up a little later than the server would.
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 1_000 }),
    keepAlive: true,
    application_name: 'acteon',
    // It waits for the promise, whatever its type says.
    ...(onConnect !== undefined && { onConnect: onConnect as (client: pg.ClientBase) => void }),
  })
  // A connection that broke while nobody used it; whoever asks next gets another.
  pool.on('error', () => undefined)
  // One that broke in use: what was asked over it fails, and says so.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
