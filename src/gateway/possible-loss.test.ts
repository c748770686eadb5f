import { expect, it } from 'vitest'
import type { Durability } from '../state/store.js'
import { virtualClock } from '../testing/clock.js'
import { watchForLoss } from './possible-loss.js'
import type { SystemFact } from './system-records.js'

it('each possible loss is put on record once, when it is noticed', async () => {
  const clock = virtualClock()
  const told: SystemFact[] = []
  const durability: Durability = { class: 'redis-everysec', degraded: false, says: 'all is well' }
  const watching = watchForLoss({
    state: { durability, health: () => Promise.resolve({ ok: true }) },
    clock,
    observer: {},
    record: (fact) => Promise.resolve(void told.push(fact)),
  })
  await clock.advance(60_000)
  expect(told).toEqual([])
  durability.possible_loss_at = Date.UTC(2026, 0, 2)
  durability.says = 'it failed over'
  await clock.advance(60_000)
  expect(told).toEqual([
    { action_type: 'state_possible_loss', details: { at: '2026-01-02T00:00:00.000Z', says: 'it failed over' } },
  ])
  durability.possible_loss_at = Date.UTC(2026, 0, 3)
  await clock.advance(60_000)
  expect(told).toHaveLength(2)
  await watching.stop()
})
