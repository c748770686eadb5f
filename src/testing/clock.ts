import type { Cancel, Clock } from '../lib/clock.js'

/** A clock that stands still until it is told to go on. Times are milliseconds. */
export interface VirtualClock extends Clock {
  /**
   * Goes `ms` on and runs every timer that falls due on the way, in due order (equal ones in the order they were
   * set), each at its own time. Between two timers all promises that are ready run, so what a timer starts may set
   * further timers that are still run in the same call.
   */
  advance(ms: number): Promise<void>
  /** The same, up to an instant in milliseconds since 1970; an instant that has passed runs what is due now. */
  advanceTo(instantMs: number): Promise<void>
  /** When the earliest timer falls due, as `now()` counts; null when none is set. */
  nextTimer(): number | null
  /** Moves the wall time alone, as a jumping machine clock does: timers and `monotonic()` do not notice. */
  jump(ms: number): void
}

interface Timer {
  /** On the monotonic scale. */
  due: number
  order: number
  fn: () => void
}

/**
 * Virtual time, for tests and simulation. `now()` begins at `startMs`, `monotonic()` at 0. Timers run on their exact
 * due time and never early; a delay below 0 counts as 0, and parts of a millisecond as a whole one.
 *
 * @example
 * const clock = virtualClock(Date.UTC(2026, 0, 1))
 * clock.after(5_000, () => console.log('five seconds later'))
 * await clock.advance(5_000)
 */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let elapsed = 0
  let wall = startMs
  let order = 0
  const timers = new Set<Timer>()

  const earliest = (): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers)
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer
    return first
  }

  const advance = async (ms: number): Promise<void> => {
    const end = elapsed + whole(ms)
    await settled()
    for (let timer = earliest(); timer !== undefined && timer.due <= end; timer = earliest()) {
      timers.delete(timer)
      elapsed = Math.max(elapsed, timer.due)
      timer.fn()
      await settled()
    }
    elapsed = Math.max(elapsed, end)
  }

  return {
    now: () => wall + elapsed,
    monotonic: () => elapsed,
    after(delayMs, fn): Cancel {
      const timer: Timer = { due: elapsed + whole(delayMs), order: order++, fn }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance,
    advanceTo: (instantMs) => advance(instantMs - wall - elapsed),
    nextTimer: () => {
      const first = earliest()
      return first === undefined ? null : wall + first.due
    },
    jump(ms) {
      wall += ms
    },
  }
}

// A wall time of today has no room for small fractions: a timer due at one could never be reached exactly.
const whole = (ms: number): number => Math.ceil(Math.max(0, ms))

/** Lets every promise that is ready run, and what they make ready: the microtasks are empty when a macrotask begins. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
