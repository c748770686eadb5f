import type { VirtualClock } from './clock.js'

/** Lets virtual time pass, for as many as want it to; one loop turns the clock for all of them. */
export interface Drive {
  /** Lets what is under way come to rest, without letting time pass. */
  settle(): Promise<void>
  /** Lets `ms` pass. */
  advance(ms: number): Promise<void>
  /** Lets time pass until the promise is settled. @throws Error when nothing comes of it within an hour */
  during<T>(promise: Promise<T>): Promise<T>
}

const LONGEST_WAIT_MS = 3_600_000

interface Goal {
  /** On the monotonic clock: no later than this. */
  until: number
  met: () => boolean
  /** Goes on, with time standing still; `met` or out of time. */
  proceed: () => void
  /** A timer threw: nothing can be said of what comes after. */
  fail: (error: unknown) => void
}

/** @param isBusy whether something is under way that no virtual time moves: an operation of a store elsewhere */
export function createDrive(clock: VirtualClock, isBusy: () => boolean): Drive {
  const goals = new Set<Goal>()
  let turning = false

  async function settle(): Promise<void> {
    do await turn()
    while (isBusy())
  }

  async function run(): Promise<void> {
    if (turning) return
    turning = true
    try {
      while (goals.size > 0) await step()
    } catch (error) {
      for (const goal of goals) goal.fail(error)
      goals.clear()
    }
    turning = false
  }

  async function step(): Promise<void> {
    await settle()
    const reached = [...goals].filter(({ met, until }) => met() || until <= clock.monotonic())
    for (const goal of reached) {
      goals.delete(goal)
      goal.proceed()
    }
    // Whoever reached what it waited for goes on before time does.
    if (reached.length > 0) return
    const left = Math.min(...[...goals].map(({ until }) => until)) - clock.monotonic()
    const next = clock.nextTimer()
    await clock.advance(next === null ? left : Math.min(left, next - clock.now()))
  }

  const reach = (until: number, met: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      goals.add({ until, met, proceed: resolve, fail: reject })
      void run()
    })

  return {
    settle,
    advance: (ms) => reach(clock.monotonic() + ms, () => false),
    async during(promise) {
      let isSettled = false
      const mark = (): void => void (isSettled = true)
      promise.then(mark, mark)
      await reach(clock.monotonic() + LONGEST_WAIT_MS, () => isSettled)
      if (!isSettled) throw new Error('Nothing came of it within an hour of virtual time.')
      return promise
    },
  }
}

/** Every promise that is ready runs before this resolves. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
