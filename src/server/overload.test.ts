import { describe, expect, it } from 'vitest'
import { virtualClock } from '../testing/clock.js'
import { createLoad } from './overload.js'

const LIMITS = { actions: 8_192, waitMs: 1_000, calm: 64 }

describe('what a node says no to at the door', () => {
  it('is what would wait longer than a second, at the rate of admissions of late', async () => {
    const clock = virtualClock(0)
    const load = createLoad(clock, LIMITS)
    // Busy, at two admissions a millisecond.
    load.enter(60)
    for (let ms = 0; ms < 2_000; ms += 10) {
      load.enter(20)
      for (let i = 0; i < 20; i++) load.admitted(5)
      load.leave(20)
      await clock.advance(10)
    }
    let taken = 0
    const refusals: unknown[] = []
    for (let i = 0; i < 5_000; i++)
      try {
        load.enter(1)
        taken++
      } catch (error) {
        refusals.push(error)
      }
    expect(taken).toBeGreaterThan(1_700)
    expect(taken).toBeLessThan(2_100)
    expect(refusals[0]).toMatchObject({
      code: 'OVERLOADED',
      retryable: true,
      retryAfterMs: expect.any(Number) as number,
    })
    load.stop()
  })

  it('is everything but a few while the store stands still, and nothing once it goes on', async () => {
    const clock = virtualClock(0)
    const load = createLoad(clock, LIMITS)
    load.enter(100)
    await clock.advance(5_000)
    expect(() => load.enter(1)).toThrow('would wait')
    for (let i = 0; i < 100; i++) load.admitted(1)
    load.leave(100)
    await clock.advance(7_000)
    for (let i = 0; i < 200; i++) {
      load.enter(1)
      load.admitted(1)
    }
    load.stop()
  })

  it('is new work while the event loop or the store is slow, but never the last few', () => {
    const clock = virtualClock(0)
    const load = createLoad(clock, LIMITS)
    load.enter(63)
    for (let i = 0; i < 63; i++) load.admitted(30_000)
    expect(load.expectedWaitMs()).toBeGreaterThan(20_000)
    load.enter(1)
    expect(() => load.enter(1)).toThrow('would wait')
    load.stop()
  })

  it('is what comes in the middle of a long turn of the event loop, each done before the next is read', () => {
    let now = 0
    const clock = { now: () => now, monotonic: () => now, after: () => () => undefined }
    const load = createLoad(clock, LIMITS)
    let refused = 0
    let taken = 0
    while (now < 10_000) {
      try {
        load.enter(1)
        now += 2
        taken++
        load.admitted(1)
        load.leave(1)
      } catch {
        now += 0.25
        refused++
      }
    }
    // The queue gets shorter by more than is done, and yet most of the time goes into what is done.
    expect(refused).toBeGreaterThan(4_000)
    expect(taken).toBeGreaterThan(3_500)
    load.stop()
  })

  it('is nothing after a pause, as long as only a few come', () => {
    let now = 0
    const clock = { now: () => now, monotonic: () => now, after: () => () => undefined }
    const load = createLoad(clock, LIMITS)
    now = 20_000
    for (let i = 0; i < 60; i++) load.enter(1)
    load.stop()
  })

  it('is not what waits for a slow provider after its admission', () => {
    const clock = virtualClock(0)
    const load = createLoad(clock, LIMITS)
    for (let i = 0; i < 5_000; i++) {
      load.enter(1)
      load.admitted(1)
    }
    expect(load.inHand()).toBe(5_000)
    load.enter(1)
    load.stop()
  })

  it('does not grow by what was refused before an admission', () => {
    const clock = virtualClock(0)
    const load = createLoad(clock, LIMITS)
    load.enter(70)
    for (let i = 0; i < 70; i++) load.admitted(1)
    for (let i = 0; i < 10_000; i++) {
      load.enter(1)
      load.unadmitted(1)
      load.leave(1)
    }
    expect(load.expectedWaitMs()).toBeLessThan(10)
    load.stop()
  })
})
