// The kinds of state that are measured, what a configuration says of each, and what a shared server tells of its work.
// Redis keeps no records, so its records go to PostgreSQL, as in production.
import { Redis } from 'ioredis'
import pg from 'pg'

export const SHARED = ['redis', 'postgres']
export const BACKENDS = ['memory', 'embedded', ...SHARED]

let runs = 0
/** A name that no other run has: keys and schemas of this one begin with it. */
export const newPrefix = () => `bench_${process.pid}_${++runs}`

/** `[state]` and `[audit]` of a configuration. `partitions` is for Redis alone. */
export function sections(backend, { path, prefix, partitions = 64 }) {
  const value = JSON.stringify
  const state = { backend: value(backend) }
  const audit = {}
  if (backend === 'embedded') state.path = value(path)
  if (SHARED.includes(backend)) {
    state.url = value(process.env[backend === 'redis' ? 'REDIS_URL' : 'DATABASE_URL'])
    state.prefix = value(prefix)
  }
  if (backend === 'redis') {
    state.partitions = partitions
    Object.assign(audit, {
      backend: value('postgres'),
      url: value(process.env.DATABASE_URL),
      prefix: value(prefix),
    })
  }
  const section = (name, keys) =>
    `[${name}]\n${Object.entries(keys)
      .map(([key, text]) => `${key} = ${text}\n`)
      .join('')}\n`
  return section('state', state) + section('audit', audit)
}

/** Removes what a run left on shared servers. */
export async function clear(backend, prefix) {
  if (backend === 'redis') {
    const redis = new Redis(process.env.REDIS_URL)
    for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 }))
      if (keys.length > 0) await redis.unlink(...keys)
    await redis.quit()
  }
  if (SHARED.includes(backend)) await withPostgres((client) => client.query(`DROP SCHEMA IF EXISTS ${prefix} CASCADE`))
}

/**
 * Counts round trips by the server's own statistics; nobody else may be using it meanwhile.
 *
 * Redis: `total_reads_processed`, how often it read from a connection. A request that was sent and waited for is one
 * read, whatever its script does inside. PostgreSQL: calls in `pg_stat_statements` that came from a client, `BEGIN` and
 * `COMMIT` included, and not those that functions make.
 * @returns {Promise<{ read(): Promise<number>, close(): Promise<void> } | null>} null: this server does not tell
 */
export async function openCounter(backend) {
  if (backend === 'redis') {
    const redis = new Redis(process.env.REDIS_URL)
    let asked = 0
    return {
      async read() {
        asked++
        const stats = await redis.info('stats')
        return Number(/^total_reads_processed:(\d+)/m.exec(stats)[1]) - asked
      },
      close: async () => void (await redis.quit()),
    }
  }
  const client = await postgres()
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
    await client.query(CALLS)
  } catch {
    await client.end()
    return null
  }
  return {
    read: async () => Number((await client.query(CALLS)).rows[0].calls),
    close: () => client.end(),
  }
}

const CALLS = `SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements
  WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND query NOT LIKE '%pg_stat_statements%'`

async function postgres() {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  return client
}

/** Gives `use` a connection of its own. */
export async function withPostgres(use) {
  const client = await postgres()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
