import { parseDuration } from '../lib/durations.js'
import type { Clock } from '../lib/clock.js'
import { momentOf } from './lists.js'

/** Milliseconds: `from` inclusive, `to` exclusive. */
export interface Window {
  from: number
  to: number
}

const MINUTE_MS = 60_000

/** A point in time as pages write it: RFC 3339, milliseconds, or back from now, such as `-1h`. */
export function momentFrom(name: string, text: string | undefined, clock: Clock): number | undefined {
  const back = text?.startsWith('-') === true ? parseDuration(text) : null
  return back === null ? momentOf(name, text) : clock.now() + back
}

/** The end of the minute that it is: until now, as figures are kept. */
export const endOfMinute = (clock: Clock): number => (Math.floor(clock.now() / MINUTE_MS) + 1) * MINUTE_MS

/** Absent: until now, and from an hour before that; `from` alone may be anywhere before. @throws ActeonError INVALID_REQUEST */
export function windowOf({ from, to }: { from?: string | undefined; to?: string | undefined }, clock: Clock): Window {
  const end = momentFrom('to', to, clock) ?? endOfMinute(clock)
  return { from: momentFrom('from', from, clock) ?? end - 60 * MINUTE_MS, to: end }
}

/** The same in whole minutes, which is how figures are kept. */
export const wholeMinutes = ({ from, to }: Window): Window => ({
  from: Math.floor(from / MINUTE_MS) * MINUTE_MS,
  to: Math.ceil(to / MINUTE_MS) * MINUTE_MS,
})

export const isWholeMinutes = ({ from, to }: Window): boolean => from % MINUTE_MS === 0 && to % MINUTE_MS === 0
