import { expect, it } from 'vitest'
import { memoryState } from '../state/memory/open.js'
import { virtualClock } from '../testing/clock.js'
import { joinCluster } from './lease.js'

const STORE_TIME = Date.parse('2026-01-01T12:00:00Z')
const HOUR_MS = 3_600_000

it.each([-5 * HOUR_MS, -60_000, 0, 60_000, 5 * HOUR_MS])(
  'a node whose clock is off by %i ms joins, and knows the time of the store',
  async (offMs) => {
    const store = virtualClock(STORE_TIME)
    const state = await memoryState({ clock: store })
    let ids = 0
    const lease = await joinCluster({
      state,
      clock: virtualClock(STORE_TIME + offMs),
      newId: () => `t${ids++}`,
      node: 'a',
      observer: {},
    })
    expect(lease.trusted()).toBe(true)
    expect(lease.storeNow()).toBe(STORE_TIME)
    await lease.leave()
    await state.close()
  },
)
