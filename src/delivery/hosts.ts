import type { Clock } from '../lib/clock.js'
import type { CallEnd, Pass } from './breaker.js'
import { callWindow, type CallWindow } from './call-window.js'
import type { BreakerTerms } from './circuit-terms.js'
import { fairSlots, type Slots } from './concurrency.js'

/** A host that payloads name: its share of the provider's places, and what its own calls say of it. */
export interface Host {
  slots: Slots
  /** More than these do not wait for it here. */
  maxWaiting: number
  /** Whether a call would be refused now. */
  refuses(): boolean
  /** Allows one call, or refuses it (null). */
  enter(): Pass | null
}

/** The hosts that the payloads of one provider's actions name, as this node knows them. */
export interface Hosts {
  of(name: string): Host
  readonly waiting: number
  /** Sends everyone away who waits. */
  close(): void
}

/** So many are remembered; of the others nothing is known, as of one that was never called. */
const MAX_HOSTS = 1_000
/** Of the provider's places and of its queue: one host that hangs leaves the rest to all others. */
const SHARE = 0.25

const shareOf = (whole: number): number => Math.max(1, Math.floor(whole * SHARE))

/**
 * Whoever dispatches chooses these hosts, so one that is down says nothing of the others, nor of the provider. Each has a
 * circuit of its own, by the provider's terms; it is this node's alone, because strangers' names must not fill the store.
 * The host that was not called for longest is forgotten first.
 * @param terms asked at each call, so that they may change
 */
export function hostsOf(parts: {
  maxConcurrent: number
  maxQueue: number
  terms: () => BreakerTerms
  clock: Clock
}): Hosts {
  const { terms, clock } = parts
  const hosts = new Map<string, Host>()

  const forgetOne = (): void => {
    for (const [name, { slots }] of hosts)
      if (slots.running === 0 && slots.waiting === 0) {
        hosts.delete(name)
        return
      }
  }
  return {
    of(name) {
      let host = hosts.get(name)
      if (host === undefined) {
        if (hosts.size >= MAX_HOSTS) forgetOne()
        host = {
          slots: fairSlots(shareOf(parts.maxConcurrent)),
          maxWaiting: shareOf(parts.maxQueue),
          ...hostCircuit(terms, clock),
        }
      } else hosts.delete(name)
      hosts.set(name, host)
      return host
    },
    get waiting() {
      let sum = 0
      for (const { slots } of hosts.values()) sum += slots.waiting
      return sum
    },
    close() {
      for (const { slots } of hosts.values()) slots.close()
    },
  }
}

function hostCircuit(termsNow: () => BreakerTerms, clock: Clock): Pick<Host, 'refuses' | 'enter'> {
  let window: CallWindow | undefined
  /** On the monotonic clock: from when on one call may try it; null: it is closed. */
  let openUntil: number | null = null
  let probing = false
  /** What began before a change says nothing about what came after. */
  let era = 0

  const open = (): void => {
    openUntil = clock.monotonic() + termsNow().recovery_timeout_seconds * 1_000
    window = undefined
    era++
  }
  const judge = (end: CallEnd): void => {
    if (end === 'unknown') return
    const { window_seconds, minimum_calls, failure_share } = termsNow()
    window ??= callWindow(window_seconds * 1_000, () => clock.monotonic())
    window.add(end === 'failed')
    const { calls, failures } = window.counts
    if (calls >= minimum_calls && failures >= calls * failure_share && failures > 0) open()
  }
  const probed = (end: CallEnd): void => {
    probing = false
    if (end === 'failed') open()
    if (end !== 'answered') return
    openUntil = null
    era++
  }
  const refuses = (): boolean => termsNow().enabled && openUntil !== null && (probing || clock.monotonic() < openUntil)

  return {
    refuses,
    enter() {
      if (!termsNow().enabled) return () => {}
      if (refuses()) return null
      const began = era
      if (openUntil === null)
        return (end) => {
          if (era === began) judge(end)
        }
      probing = true
      return probed
    },
  }
}
