import { expect, it } from 'vitest'
import { sleep } from '../lib/clock.js'
import { virtualClock } from './clock.js'

it('runs timers in due order, each at its own time, and equal ones in the order they were set', async () => {
  const clock = virtualClock(1_000)
  const ran: [string, number][] = []
  clock.after(20, () => ran.push(['late', clock.now()]))
  clock.after(10, () => ran.push(['first', clock.now()]))
  clock.after(10, () => ran.push(['second', clock.now()]))
  await clock.advance(19)
  expect(ran).toEqual([
    ['first', 1_010],
    ['second', 1_010],
  ])
  await clock.advanceTo(1_020)
  expect(ran.at(-1)).toEqual(['late', 1_020])
})

it('runs what a timer starts within the same advance', async () => {
  const clock = virtualClock(0)
  const woke: number[] = []
  const loop = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 100)
      woke.push(clock.now())
    }
  }
  void loop()
  await clock.advance(1_000)
  expect(woke).toEqual([100, 200, 300])
  expect(clock.now()).toBe(1_000)
})

it('does not run a cancelled timer, and keeps monotonic time when the wall time jumps', async () => {
  const clock = virtualClock(0)
  let ran = false
  const cancel = clock.after(10, () => (ran = true))
  cancel()
  clock.jump(3_600_000)
  await clock.advance(50)
  expect(ran).toBe(false)
  expect(clock.monotonic()).toBe(50)
  expect(clock.now()).toBe(3_600_050)
})
