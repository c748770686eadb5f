// Time and chance of the gateway in the pictures: a clock that stands still until it is turned on, and seeded numbers.
// Loaded before the server: what it imports takes these for the machine's own.
import { systemClock, systemEntropy } from '../../dist/lib/clock.js'
import { seededEntropy, virtualClock } from '../../dist/testing/index.js'

/** 03:14:02 in Berlin, on a Tuesday. */
export const NOW = Date.parse('2026-11-24T02:14:02.881Z')
export const ZONE = 'Europe/Berlin'

/** So many days before there is something to compare with. */
export const DAYS = 8
export const clock = Object.assign(systemClock, virtualClock(NOW - DAYS * 86_400_000 - 3_660_000))
export const { random } = Object.assign(systemEntropy, seededEntropy(7))

// A call to a provider is under way in these milliseconds of the machine; a backoff is not over before them.
const QUIET_MS = 12
const MOST_AHEAD_MS = 20_000
let called = 0

/** What answers a call to a provider after so long, by the clock; at once, while the time before is made up. */
export async function takes(ms) {
  if (clock.now() < NOW - 3_615_000) return
  called++
  try {
    await clock.advance(ms)
  } finally {
    called--
  }
}

/** Waits for an answer of the gateway; while it waits for a timer, the clock goes on to that. */
export async function settled(promise) {
  let done = false
  const end = promise.finally(() => (done = true))
  end.catch(() => {})
  while (!done) {
    await Promise.race([end.catch(() => {}), new Promise((resolve) => setTimeout(resolve, QUIET_MS))])
    const next = clock.nextTimer()
    if (!done && called === 0 && next !== null && next - clock.now() < MOST_AHEAD_MS) await clock.advanceTo(next)
  }
  return end
}
