import type { Cancel, Clock } from '../lib/clock.js'

/** A signal that aborts after `delayMs`, and how to take that back. */
export function deadlineSignal(clock: Clock, delayMs: number): { signal: AbortSignal; cancel: Cancel } {
  const over = new AbortController()
  const cancel = clock.after(delayMs, () => over.abort(new Error(`no answer within ${delayMs} ms`)))
  return { signal: over.signal, cancel }
}
