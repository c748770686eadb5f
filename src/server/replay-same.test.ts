import { afterAll, beforeAll, vi } from 'vitest'
import { systemClock } from '../lib/clock.js'
import { sameRulesSuite } from './replay-same.fixture.js'

// Of one instant there is much where the clock ticks slowly.
const TICK_MS = 50
beforeAll(() => {
  const { now } = systemClock
  vi.spyOn(systemClock, 'now').mockImplementation(() => Math.floor(now() / TICK_MS) * TICK_MS)
})
afterAll(() => {
  vi.restoreAllMocks()
})

for (const backend of ['memory', 'embedded'])
  sameRulesSuite(backend, { stores: () => `[state]\nbackend = "${backend}"\npath = "./data"\n`, nodes: 1 })
