import { describe, it } from 'vitest'
import { createSealer } from '../../lib/seal.js'
import { stateConformance } from '../conformance.js'
import { memoryState } from '../memory/open.js'
import { sealedState } from './store.js'

stateConformance({ describe, it }, 'memory, sealed', async ({ clock, limits, outbox_bound, id_retention_ms }) => {
  const inner = await memoryState({ clock, limits, outboxBound: outbox_bound, idRetentionMs: id_retention_ms })
  const sealer = createSealer([Buffer.alloc(32, 7)])
  return { store: sealedState(inner, sealer, { readableGroupKeys: true }) }
})
