import { expect, it } from 'vitest'
import { memoryState } from '../state/memory/open.js'
import type { StateStore } from '../state/store.js'
import { virtualClock } from '../testing/clock.js'
import { openRevoked } from './revoked.js'

const HOUR_MS = 3_600_000

/** A node of its own on `state`, whose whole process can stand still: time passes, and no timer of its runs. */
async function node(state: StateStore, time = virtualClock()) {
  let pausedMs = 0
  let ids = 0
  const clock = { ...time, monotonic: () => time.monotonic() + pausedMs }
  const revoked = await openRevoked(state, { clock, newId: () => `id-${ids++}`, onChange: () => undefined })
  return {
    revoked,
    pause: (ms: number): void => {
      pausedMs += ms
    },
  }
}

it('believes tokens again at once after a pause of the process, and knows what was logged out meanwhile', async () => {
  const time = virtualClock()
  const state = await memoryState({ clock: time })
  const [paused, other] = [await node(state, time), await node(state, time)]
  paused.pause(60_000)
  await other.revoked.add('ended', time.now() + HOUR_MS)
  expect(() => paused.revoked.has('kept')).toThrow(/does not say which logins were ended/)
  await paused.revoked.refresh()
  expect(paused.revoked.has('kept')).toBe(false)
  expect(paused.revoked.has('ended')).toBe(true)
  for (const { revoked } of [paused, other]) revoked.stop()
})

it('believes none while the store cannot be read, and asks it once for all who wait', async () => {
  let asked = 0
  const time = virtualClock()
  const state = await memoryState({ clock: time })
  const silent = (): Promise<never> => {
    asked++
    return Promise.reject(new Error('away'))
  }
  let isAway = false
  const { revoked, pause } = await node(
    { ...state, listRecords: (...given) => (isAway ? silent() : state.listRecords(...given)) },
    time,
  )
  isAway = true
  pause(60_000)
  await Promise.all([revoked.refresh(), revoked.refresh(), revoked.refresh()])
  expect(asked).toBe(1)
  expect(() => revoked.has('kept')).toThrow(/does not say which logins were ended/)
  revoked.stop()
})
