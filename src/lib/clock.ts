import { randomBytes } from 'node:crypto'

/** Cancels what it was returned for; calling it twice, or too late, does nothing. */
export type Cancel = () => void

/**
 * Where time comes from. Nothing below the entry points reads the machine's clock or sets a timer of its own, so a
 * simulation can run hours in milliseconds. All values are milliseconds.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970. It may jump; never measure a duration with it. */
  now(): number
  /** Monotonic time with an arbitrary origin, fractions allowed, for durations inside one process. */
  monotonic(): number
  /** Calls `fn` once, no earlier than `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel
}

/** Where chance comes from: ids and jitter. A simulation passes a seeded one. */
export interface Entropy {
  /** A number in [0, 1). */
  random(): number
  /** `size` random bytes. */
  bytes(size: number): Uint8Array
}

// Node clamps longer timers to 1 ms; we wait in pieces instead.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The machine's own clock. Its timers keep the process alive, as a gateway does until it is closed: a program that awaits
 * a retry must not end in the middle of it.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fn) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const piece = Math.min(leftMs, LONGEST_TIMER_MS)
      timer = setTimeout(() => (leftMs > piece ? wait(leftMs - piece) : fn()), Math.max(0, piece))
    }
    wait(Math.ceil(delayMs))
    return () => clearTimeout(timer)
  },
}

// Asking the system for eight bytes costs as much as asking for thousands.
const POOL_BYTES = 8_192
let pool = new Uint8Array(0)
let taken = 0

/** The machine's own randomness. */
export const systemEntropy: Entropy = {
  random: () => Math.random(),
  bytes(size) {
    if (size > POOL_BYTES) return randomBytes(size)
    if (taken + size > pool.length) {
      pool = randomBytes(POOL_BYTES)
      taken = 0
    }
    taken += size
    return pool.slice(taken - size, taken)
  },
}

/** Resolves after `delayMs` on `clock`, or at once with the signal's reason thrown when it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = (): void => {
      cancel()
      reject(signal!.reason as Error)
    }
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
