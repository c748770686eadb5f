import { ActeonError } from '../lib/errors.js'
import type { Cancel, Clock } from '../lib/clock.js'

export interface LoadLimits {
  /** Actions that are in hand at the same time on this node, those at providers included. */
  actions: number
  /** The longest that a new action may have to wait, milliseconds. */
  waitMs: number
  /** While fewer are in hand, or came at once, none is refused for the wait: a single slow moment shuts nobody out. */
  calm: number
}
export const LOAD_LIMITS: LoadLimits = { actions: 8_192, waitMs: 1_000, calm: 64 }

/** Says no at the door: before a body is read, and without touching the state store. */
export interface Load {
  /** Counts `actions` in, or refuses. @throws ActeonError OVERLOADED */
  enter(actions: number): void
  /** One tenant may have half of the room once that much is taken. @throws ActeonError OVERLOADED */
  enterTenant(tenant: string, actions: number): void
  /** Of those that came in, these will ask for no admission: they were refused before, or change nothing. */
  unadmitted(actions: number): void
  leave(actions: number): void
  leaveTenant(tenant: string, actions: number): void
  /** The state store answered an admission, after this long. */
  admitted(durationMs: number): void
  /** How long a new action would wait now, milliseconds. */
  expectedWaitMs(): number
  inHand(): number
  stop(): void
}

const SAMPLE_MS = 50
/** How fast what was measured is forgotten when nothing new is. */
const FADE_MS = 1_000
const WEIGHT = 0.2
/** Over how long the rate of admissions is taken. */
const RATE_OVER_MS = 250
/** Admissions per millisecond, before any were measured, and at the least: a store that stands still is no division by 0. */
const FIRST_RATE = 1
const LEAST_RATE = 0.01

/** How long the door stays shut in the middle of a long turn of the event loop, as a share of the longest wait. */
const SHUT_SHARE = 0.25

/**
 * The expected wait of a new action is the greater of two: how long the actions before it will take to be admitted at
 * the rate of late (Little's law), and how long admissions took of late. The first knows of a burst before it is felt,
 * the second of a store that has become slow.
 *
 * What waits in sockets is in neither. Under such a load the event loop goes from socket to socket without looking at
 * its timers; when that has gone on for the longest wait, the door is shut for a part of that time, so that the answers
 * of refusals, which are cheap, shorten the queue.
 */
export function createLoad(clock: Clock, limits: LoadLimits = LOAD_LIMITS): Load {
  let inHand = 0
  /** Came in, and has no admission yet. */
  let pending = 0
  let completed = 0
  let rate = FIRST_RATE
  let admissionMs = 0
  let measuredAt = clock.monotonic()
  let turnedAt = clock.monotonic()
  /** Since the event loop turned, or the door was opened again. */
  let arrived = 0
  let cancel: Cancel = () => {}
  const tenants = new Map<string, number>()

  const turn = (): void => {
    turnedAt = clock.monotonic()
    arrived = 0
  }
  const sample = (): void => {
    turn()
    const began = turnedAt
    const wasBusy = pending > 0
    completed = 0
    cancel = clock.after(SAMPLE_MS, () => {
      const elapsed = clock.monotonic() - began
      const measured = completed / elapsed
      // With nothing waiting, the rate is that of arrivals and says nothing of what could be done, unless it is higher.
      if (wasBusy && pending > 0)
        rate = Math.max(LEAST_RATE, rate + (measured - rate) * (1 - Math.exp(-elapsed / RATE_OVER_MS)))
      else rate = Math.max(rate, measured)
      sample()
    })
  }
  sample()

  const faded = (): number => admissionMs * Math.exp(-(clock.monotonic() - measuredAt) / FADE_MS)
  const expectedWaitMs = (): number => Math.max(pending / rate, faded())
  const refuse = (why: string, waitMs: number): never => {
    throw new ActeonError(
      'OVERLOADED',
      `This node has more work than it can do in time (${why}); nothing was accepted. Try again, with the same id.`,
      {},
      { retryAfterMs: Math.min(30_000, Math.max(1_000, waitMs)) },
    )
  }
  function refuseInLongTurn(actions: number): void {
    arrived += actions
    if (arrived < limits.calm) return
    const ageMs = clock.monotonic() - turnedAt
    if (ageMs > limits.waitMs * (1 + SHUT_SHARE)) turn()
    else if (ageMs > limits.waitMs) refuse('more came at once than it can look at', limits.waitMs)
  }
  return {
    enter(actions) {
      if (inHand + actions > limits.actions) refuse(`${inHand} actions in hand`, expectedWaitMs())
      if (inHand >= limits.calm) {
        const waitMs = expectedWaitMs()
        if (waitMs > limits.waitMs) refuse(`a new one would wait ${Math.round(waitMs)} ms`, waitMs)
      }
      refuseInLongTurn(actions)
      inHand += actions
      pending += actions
    },
    enterTenant(tenant, actions) {
      const own = tenants.get(tenant) ?? 0
      if (own + actions > limits.actions / 2) refuse(`${own} actions of this tenant in hand`, 1_000)
      tenants.set(tenant, own + actions)
    },
    unadmitted(actions) {
      pending = Math.max(0, pending - actions)
    },
    leave(actions) {
      inHand -= actions
      // What was miscounted is put right whenever there is a pause.
      pending = Math.min(pending, inHand)
    },
    leaveTenant(tenant, actions) {
      const own = (tenants.get(tenant) ?? 0) - actions
      if (own > 0) tenants.set(tenant, own)
      else tenants.delete(tenant)
    },
    admitted(durationMs) {
      const before = faded()
      measuredAt = clock.monotonic()
      admissionMs = before + (durationMs - before) * WEIGHT
      completed++
      pending = Math.max(0, pending - 1)
    },
    expectedWaitMs,
    inHand: () => inHand,
    stop: () => cancel(),
  }
}
