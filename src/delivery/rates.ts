import type { Clock } from '../lib/clock.js'
import { onAbort } from './on-abort.js'

/** Takes permits of a rate from the store: how many were granted, and when more come. @throws StoreUnavailable */
export type TakePermits = (
  name: string,
  perSecond: number,
  count: number,
) => Promise<{ granted: number; retry_after_ms: number }>

/** The rates of providers (`rate_limit`), over all nodes. */
export interface Rates {
  /**
   * Waits, first come first served, until one call may be made; false when the signal aborted first.
   * @throws StoreUnavailable when the store cannot be asked
   */
  permit(name: string, perSecond: number, signal: AbortSignal): Promise<boolean>
}

/** Permits of one rate that this node holds: moments, a call each. */
interface Held {
  /** The earliest, on the monotonic clock. */
  next: number
  left: number
  /** Under way to the store for more. */
  asking: Promise<void> | null
}

/**
 * A permit is a moment, not a token: the store gives the coming second's moments away in blocks, each once over all nodes
 * and evenly spaced, and a moment that passes unused is lost. So in no second are there more calls than the rate, however
 * long nothing was sent before.
 */
export function createRates({ take, clock }: { take: TakePermits; clock: Clock }): Rates {
  const held = new Map<string, Held>()

  /** What the store does not tell is where the block begins; it follows from when the next permit would come. */
  async function ask(name: string, perSecond: number, own: Held): Promise<void> {
    const permitMs = 1_000 / perSecond
    // As many as the coming second has, or the answer would not say where they end.
    const count = Math.max(1, Math.floor(perSecond))
    const { granted, retry_after_ms } = await take(name, perSecond, count)
    const now = clock.monotonic()
    if (granted === 0) {
      await new Promise<void>((resolve) => clock.after(retry_after_ms, resolve))
      return
    }
    const end = now + Math.max(1_000, permitMs) - permitMs + retry_after_ms
    own.next = Math.max(now, end - granted * permitMs)
    own.left = granted
  }

  return {
    async permit(name, perSecond, signal) {
      const permitMs = 1_000 / perSecond
      let own = held.get(name)
      if (own === undefined) held.set(name, (own = { next: 0, left: 0, asking: null }))
      for (;;) {
        if (signal.aborted) return false
        while (own.left > 0 && own.next < clock.monotonic()) {
          own.next += permitMs
          own.left--
        }
        if (own.left > 0) {
          const waitMs = own.next - clock.monotonic()
          own.next += permitMs
          own.left--
          return waitMs <= 0 || (await passed(clock, waitMs, signal))
        }
        own.asking ??= ask(name, perSecond, own).finally(() => (own.asking = null))
        await orAborted(own.asking, signal)
      }
    },
  }
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stopListening = (): void => {}
  const aborted = new Promise<void>((resolve) => (stopListening = onAbort(signal, resolve)))
  await Promise.race([promise, aborted]).finally(() => stopListening())
}

/** False when the signal aborted first. */
const passed = (clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const end = (whole: boolean): void => {
      cancel()
      stopListening()
      resolve(whole)
    }
    const cancel = clock.after(ms, () => end(true))
    const stopListening = onAbort(signal, () => end(false))
  })
