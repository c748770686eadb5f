import type { Action } from '../action/action.js'
import { parseDuration } from '../lib/durations.js'
import type { ProviderTerms } from '../providers/provider.js'
import type { DeliveryTerms } from '../state/plan.js'
import type { Admission } from '../state/store.js'

/** The executor's own terms (`[executor]`). */
export interface ExecutorTerms {
  /** Attempts after the first one. */
  max_retries: number
  /** Per attempt. */
  timeout_seconds: number
  /** Attempts at the same time, per provider: one that hangs fills its own places, and nobody else's. */
  max_concurrent: number
}

export const DEFAULT_TERMS: ExecutorTerms = { max_retries: 3, timeout_seconds: 30, max_concurrent: 100 }
/** How many may wait for a provider before new dispatches are refused. */
export const DEFAULT_MAX_QUEUE = 1_000

/** What holds for one delivery: the provider's terms, else the executor's; a rule's choice wins. */
export interface Terms {
  /** Per round. */
  maxAttempts: number
  /** Milliseconds until the second round, the third …; empty: there is one round. */
  schedule: readonly number[]
  timeoutMs: number
  atMostOnce: boolean
  /** On the store's clock: no attempt begins after it. `Infinity`: it stays useful. */
  usefulUntil: number
}

export function termsOf(
  executor: ExecutorTerms,
  own: ProviderTerms,
  { plan, dispatched_at }: Admission,
  { ends_at }: Action,
): Terms {
  const { mode } = plan.delivery
  return {
    maxAttempts: (own.max_retries ?? executor.max_retries) + 1,
    schedule: (own.retry_schedule ?? []).map((span) => parseDuration(span) ?? 0),
    timeoutMs: (own.timeout_seconds ?? executor.timeout_seconds) * 1_000,
    atMostOnce: (mode ?? own.delivery) === 'at_most_once',
    usefulUntil: usefulUntil(own, plan.delivery, dispatched_at, ends_at),
  }
}

/** Until when an action that was taken then is of use, milliseconds; `Infinity`: it stays useful. */
export function usefulUntil(
  { deliver_within_seconds = Infinity }: ProviderTerms,
  { deliver_within_ms = Infinity }: DeliveryTerms,
  takenAt: number,
  ends_at: string | undefined,
): number {
  const within = Math.min(deliver_within_ms, deliver_within_seconds * 1_000)
  return Math.min(takenAt + within, ends_at === undefined ? Infinity : Date.parse(ends_at))
}

/** The terms of a call to a provider that stands in: its own, within what was planned. */
export const standInTerms = (planned: Terms, own: Terms): Terms => ({
  ...planned,
  timeoutMs: own.timeoutMs,
  atMostOnce: planned.atMostOnce || own.atMostOnce,
  usefulUntil: Math.min(planned.usefulUntil, own.usefulUntil),
})
