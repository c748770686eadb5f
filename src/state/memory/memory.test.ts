import { describe, it } from 'vitest'
import { stateConformance } from '../conformance.js'
import { memoryState } from './open.js'

stateConformance({ describe, it }, 'memory', async ({ clock, limits, outbox_bound, id_retention_ms }) => ({
  store: await memoryState({ clock, limits, outboxBound: outbox_bound, idRetentionMs: id_retention_ms }),
}))
