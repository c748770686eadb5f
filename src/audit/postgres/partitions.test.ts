import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrateAudit, openPostgresAudit } from './audit.js'

const DAY_MS = 86_400_000

it('partitions for today and the next days are there as soon as an audit is opened, by however many nodes at once', async () => {
  const url = process.env['DATABASE_URL']!
  const prefix = `test_${randomUUID().replaceAll('-', '_').slice(0, 30)}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await Promise.all(Array.from({ length: 8 }, () => migrateAudit(url, prefix)))
    const audit = await openPostgresAudit({ url, prefix, ttlMs: 30 * DAY_MS })
    await audit.close()
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '${prefix}.audit_record'::regclass`,
    )
    const today = Math.floor(Date.now() / DAY_MS)
    const names = new Set(rows.map(({ name }) => name))
    for (const day of [today, today + 1, today + 2]) expect(names).toContain(`audit_record_${day}`)
  } finally {
    await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${prefix} CASCADE`)
    await client.end()
  }
}, 60_000)
