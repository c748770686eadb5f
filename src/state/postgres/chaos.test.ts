import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { testBadDays } from '../chaos.fixture.js'
import { openPostgresState } from './open.js'
import { databaseUrl, dropSchema, newPrefix } from './store.fixture.js'

testBadDays(async (clock) => {
  const prefix = newPrefix()
  const url = databaseUrl()
  const audit = await openPostgresAudit({ url, prefix, clock, ttlMs: null })
  const store = await openPostgresState({ url, prefix, clock, audit: { prefix, ttlMs: null } })
  return {
    store,
    audit,
    async close() {
      await store.close()
      await audit.close()
      await dropSchema(url, prefix)
    },
  }
})
