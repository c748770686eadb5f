import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { stateConformance } from '../conformance.js'
import { embeddedState } from './open.js'

stateConformance({ describe, it }, 'embedded', async ({ clock, limits, outbox_bound, id_retention_ms }) => {
  const path = await mkdtemp(join(tmpdir(), 'acteon-state-'))
  const store = await embeddedState({ path, clock, limits, outboxBound: outbox_bound, idRetentionMs: id_retention_ms })
  return { store, close: () => rm(path, { recursive: true }) }
})
