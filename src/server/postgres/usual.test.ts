import { vi } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { usualSuite } from '../usual.fixture.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

usualSuite('PostgreSQL', async (clock) => {
  const prefix = newPrefix()
  const audit = await openPostgresAudit({ url: databaseUrl(), prefix, clock, ttlMs: null })
  return {
    ...audit,
    async close() {
      await audit.close()
      await dropSchema(databaseUrl(), prefix)
    },
  }
})
