import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, it, vi } from 'vitest'
import { auditConformance } from '../conformance.js'
import { openPostgresAudit } from './audit.js'

vi.setConfig({ testTimeout: 120_000 })

const url = process.env['DATABASE_URL']
if (url === undefined || url === '')
  throw new Error(
    'These tests need a PostgreSQL server: set DATABASE_URL, or run them with `node scripts/services.mjs postgres -- npx vitest run …`.',
  )

auditConformance('postgres', { describe, it }, async ({ clock, ttlMs }) => {
  const prefix = `test_${randomUUID().replaceAll('-', '_').slice(0, 30)}`
  const audit = await openPostgresAudit({ url, prefix, clock, ttlMs })
  return {
    ...audit,
    async close() {
      await audit.close()
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(`SET client_min_messages = warning; DROP SCHEMA ${prefix} CASCADE`)
      await client.end()
    },
  }
})
