import { describe, it, vi } from 'vitest'
import { stateConformance } from '../conformance.js'
import { databaseUrl, storesOn } from './store.fixture.js'

// Some tests admit thousands, one after the other, each a commit of its own.
vi.setConfig({ testTimeout: 120_000 })

stateConformance({ describe, it }, 'postgres', storesOn(databaseUrl()))
