import { openMemoryAudit } from '../../audit/memory/audit.js'
import { testBadDays } from '../chaos.fixture.js'
import { openRedisState } from './open.js'
import { newPrefix, PATIENT_MS, redisUrl, removeKeys } from './store.fixture.js'

testBadDays(async (clock) => {
  const prefix = newPrefix()
  const url = redisUrl()
  const store = await openRedisState({ url, prefix, partitions: 4, clock, answerWithinMs: PATIENT_MS })
  return {
    store,
    audit: openMemoryAudit({ clock, ttlMs: null }),
    async close() {
      await store.close()
      await removeKeys(url, prefix)
    },
  }
})
