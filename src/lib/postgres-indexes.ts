import type pg from 'pg'
import { indexesOf, inSchema, type SqlPart, type SqlText } from './postgres.js'

/** An index of a table that has partitions. */
interface Index {
  name: string
  table: string
  /** Its columns, and which rows it holds. */
  of: string
}

/** What the upkeep of tables and the building of their indexes have to know of each other. */
export interface Upkeep {
  /** Name of the advisory lock that upkeep takes, with the schema `acteon`: it stays away while an index is built. */
  lock: string
  /** Is done before each piece of a build, since nobody else can do it meanwhile. */
  run: () => Promise<unknown>
}

const FORM = /^CREATE INDEX (\w+) ON acteon\.(\w+) ([^;]+);$/m

/** @throws Error for a text that is not one index */
function indexOf({ name: file, text }: SqlText): Index {
  const [, name, table, of] = FORM.exec(text) ?? []
  if (name === undefined || table === undefined || of === undefined || file !== `${name}.sql`)
    throw new Error(`${file} must be "CREATE INDEX ${file.replace('.sql', '')} ON acteon.TABLE …;"`)
  return { name, table, of }
}

/** Those that are not there, or not whole. */
async function missing(client: pg.ClientBase, schema: string, indexes: Index[]): Promise<Index[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.name FROM unnest($1::text[]) AS n(name) WHERE NOT EXISTS (
      SELECT 1 FROM pg_index x WHERE x.indexrelid = to_regclass($2 || '.' || n.name) AND x.indisvalid)`,
    [indexes.map(({ name }) => name), schema],
  )
  return indexes.filter(({ name }) => rows.some((row) => row.name === name))
}

/**
 * Does something under an advisory lock of the session, as long as it is needed. Whoever waits asks again and again: a
 * statement that waited would hold a snapshot, which the concurrent build of an index waits for in its turn.
 */
export async function underLock(
  client: pg.ClientBase,
  lock: string,
  isNeeded: () => Promise<boolean>,
  run: () => Promise<unknown>,
): Promise<void> {
  while (await isNeeded()) {
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
      [lock],
    )
    if (!rows[0]!.held) {
      await client.query('SELECT pg_sleep(0.1)')
      continue
    }
    try {
      if (await isNeeded()) await run()
    } finally {
      // Where the connection broke the lock is gone with it.
      await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [lock]).catch(() => undefined)
    }
    return
  }
}

/**
 * Builds what is missing of a part's indexes, one node at a time, while others read and write the tables: concurrently, in
 * the partitions one by one, the newest first. What an interrupted build left behind is built anew; partitions that it was
 * done with stay done. An index is no step of a version: nodes of the version before start and work meanwhile.
 */
export async function buildIndexes(
  client: pg.ClientBase,
  schema: string,
  part: SqlPart,
  { lock, run }: Upkeep,
): Promise<void> {
  const indexes = (await indexesOf(part)).map(indexOf)
  const lacks = () => missing(client, schema, indexes)
  const once = () =>
    underLock(
      client,
      inSchema(lock, schema),
      async () => (await lacks()).length > 0,
      async () => {
        for (const index of await lacks()) await build(client, schema, index, run)
      },
    )
  // A node of an older version may wait for the lock in a statement, which the build waits for: it goes first.
  while (!(await unless('40P01', once)));
}

async function build(
  client: pg.ClientBase,
  schema: string,
  { name, table, of }: Index,
  before: Upkeep['run'],
): Promise<void> {
  // Of the table that has partitions alone: those that come from now on have it by themselves.
  await briefly(client, `CREATE INDEX IF NOT EXISTS ${name} ON ONLY ${schema}.${table} ${of}`)
  for (;;) {
    await before()
    const partition = await nextPartition(client, `${schema}.${table}`, `${schema}.${name}`)
    if (partition === null) return
    const own = `${partition}_${name}`
    await buildConcurrently(client, `${schema}.${own}`, `${own} ON ${schema}.${partition} ${of}`)
    await briefly(client, `ALTER INDEX ${schema}.${name} ATTACH PARTITION ${schema}.${own}`)
  }
}

/** A partition without its part of an index; the default one, which always is there, last: with it the index is whole. */
async function nextPartition(client: pg.ClientBase, table: string, index: string): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
    WHERE i.inhparent = $1::regclass AND NOT EXISTS (
      SELECT 1 FROM pg_index x JOIN pg_inherits a ON a.inhrelid = x.indexrelid
      WHERE x.indrelid = c.oid AND a.inhparent = $2::regclass)
    ORDER BY c.oid = p.partdefid, c.relname DESC LIMIT 1`,
    [table, index],
  )
  return rows[0]?.name ?? null
}

async function buildConcurrently(client: pg.ClientBase, name: string, text: string): Promise<void> {
  const { rows } = await client.query<{ whole: boolean }>(
    'SELECT indisvalid AS whole FROM pg_index WHERE indexrelid = to_regclass($1)',
    [name],
  )
  if (rows[0]?.whole === true) return
  if (rows.length > 0) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`)
  await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${text}`)
}

/** A change that waits for what is under way and keeps others waiting: not long, rather again later. */
async function briefly(client: pg.ClientBase, text: string): Promise<void> {
  const once = async (): Promise<void> => {
    try {
      await client.query('BEGIN')
      await client.query(`SET LOCAL lock_timeout = '1s'`)
      await client.query(text)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }
  while (!(await unless('55P03', once))) await client.query('SELECT pg_sleep(1)')
}

/** Whether something was done; false where the server refused it with a code that time heals. */
async function unless(code: string, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run()
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return false
    throw error
  }
}
