import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll } from 'vitest'
import { schemaOf } from '../../lib/postgres.js'
import type { MakeStore } from '../conformance/harness.js'
import { openPostgresState } from './open.js'

/** The server that tests may use. */
export function databaseUrl(): string {
  const url = process.env['DATABASE_URL']
  if (url === undefined || url === '')
    throw new Error(
      'These tests need a PostgreSQL server: set DATABASE_URL, or run them with `node scripts/services.mjs postgres -- npx vitest run …`.',
    )
  return url
}

export const newPrefix = (): string => `test_${randomUUID().replaceAll('-', '_').slice(0, 30)}`

/** Removes all tables and functions of a prefix. */
export async function dropSchema(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schemaOf(prefix, 'state')} CASCADE`)
  } finally {
    await client.end()
  }
}

/** Empties the tables of a prefix, and begins its time anew. */
async function emptyTables(client: pg.Client, prefix: string): Promise<void> {
  const schema = schemaOf(prefix, 'state')
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${schema}' AND tablename NOT IN ('acteon_version', 'frame_floor')`,
  )
  await client.query(
    `${rows.map(({ name }) => `DELETE FROM ${schema}.${name};`).join('')}
    UPDATE ${schema}.frame_floor SET xid = '0', pos = 0; SELECT setval('${schema}.clock', 0)`,
  )
}

/** An empty store for each test of a file. All use one schema, which is dropped after them. */
export function storesOn(url: string): MakeStore {
  const prefix = newPrefix()
  afterAll(() => dropSchema(url, prefix))
  return async ({ clock, limits, outbox_bound, id_retention_ms }) => {
    const store = await openPostgresState({
      ...{ url, prefix, clock, limits },
      outboxBound: outbox_bound,
      idRetentionMs: id_retention_ms,
    })
    return {
      store,
      async close() {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        try {
          await emptyTables(client, prefix)
        } finally {
          await client.end()
        }
      },
    }
  }
}
