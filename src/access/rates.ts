import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import type { RateLimit } from './identity.js'

interface Window {
  /** What was taken and when, oldest first; what lies before `head` has left the window. */
  taken: { at: number; count: number }[]
  head: number
  used: number
}

/** Above so many names the one that was seen longest ago is forgotten, so that memory is bounded. */
const MOST_NAMES = 50_000

/**
 * Exact sliding windows by name, on this node: at most `limit.requests` are taken in any `limit.windowMs`. What does not
 * fit takes nothing.
 */
export function createWindows(clock: Clock) {
  const windows = new Map<string, Window>()

  /** The window without what has left it; used last, so forgotten last. */
  function current(name: string, windowMs: number): Window {
    const window = windows.get(name) ?? { taken: [], head: 0, used: 0 }
    const since = clock.monotonic() - windowMs
    const { taken } = window
    while (window.head < taken.length && taken[window.head]!.at <= since) window.used -= taken[window.head++]!.count
    if (window.head > 1_000 && window.head * 2 > taken.length) window.head -= taken.splice(0, window.head).length
    windows.delete(name)
    windows.set(name, window)
    for (const oldest of windows.keys()) {
      if (windows.size <= MOST_NAMES) break
      windows.delete(oldest)
    }
    return window
  }

  return {
    /** Takes `cost`, or says in how many milliseconds that much is free. `Infinity`: never, it is more than the limit. */
    take(name: string, { requests, windowMs }: RateLimit, cost = 1): { taken: boolean; retryAfterMs: number } {
      const window = current(name, windowMs)
      if (window.used + cost <= requests) {
        if (cost > 0) window.taken.push({ at: clock.monotonic(), count: cost })
        window.used += cost
        return { taken: true, retryAfterMs: 0 }
      }
      let free = requests - window.used
      for (let i = window.head; i < window.taken.length; i++) {
        free += window.taken[i]!.count
        if (free >= cost) return { taken: false, retryAfterMs: window.taken[i]!.at + windowMs - clock.monotonic() }
      }
      return { taken: false, retryAfterMs: Infinity }
    },
    /** Gives back what was taken last under a name. */
    forgive(name: string): void {
      const window = windows.get(name)
      if (window !== undefined && window.taken.length > window.head) window.used -= window.taken.pop()!.count
    },
  }
}
export type Windows = ReturnType<typeof createWindows>

/** @throws ActeonError RATE_EXCEEDED, TOO_LARGE where a batch is more than the limit will ever allow */
export function takeRate(windows: Windows, name: string, who: string, limit: RateLimit, cost: number): void {
  const { taken, retryAfterMs } = windows.take(name, limit, cost)
  if (taken) return
  const allowed = `${limit.requests} in ${limit.windowMs / 1_000} s`
  if (retryAfterMs === Infinity)
    throw new ActeonError(
      'TOO_LARGE',
      `${cost} actions at once are more than ${who} may ever send (${allowed}); send fewer at a time.`,
      { limit: limit.requests },
    )
  throw new ActeonError(
    'RATE_EXCEEDED',
    `${who} may ask ${allowed}, and has; try again after Retry-After.`,
    { limit: limit.requests, window_seconds: limit.windowMs / 1_000 },
    { retryAfterMs },
  )
}
