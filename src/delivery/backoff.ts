import type { Entropy } from '../lib/clock.js'

/** The first wait is at most this; each further one at most twice as long as the one before. */
export const BACKOFF_BASE_MS = 500
/** No wait of ours is longer. */
export const BACKOFF_CAP_MS = 30_000
/** A provider may ask for more patience than that, but for no more than this. */
export const RETRY_AFTER_CAP_MS = 300_000
/** What waits longer becomes a durable job instead of a timer. */
export const PARK_ABOVE_MS = 5_000

/**
 * How long to wait after the `failures`-th failure: exponential backoff with full jitter (Brooker, "Exponential Backoff
 * And Jitter", AWS 2015), or longer when the provider said so.
 * @param retryAfterMs what the provider asked for; at most `RETRY_AFTER_CAP_MS` of it is honoured
 */
export function waitMs(failures: number, retryAfterMs: number | undefined, entropy: Entropy): number {
  const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (failures - 1))
  const backoff = Math.round(entropy.random() * ceiling)
  return Math.max(backoff, Math.min(retryAfterMs ?? 0, RETRY_AFTER_CAP_MS))
}
