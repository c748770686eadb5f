import type { TraceAttempt } from '../audit/trace.js'
import { nearest } from '../lib/suggest.js'
import type { DeliveryError } from '../providers/provider.js'
import type { Admission } from '../state/store.js'
import { RETRY_AFTER_CAP_MS } from './backoff.js'
import type { Circuits } from './breaker.js'
import { codeOf, failedResult, type DeliveryResult } from './outcomes.js'
import { callsIn, roundOf, roundToBegin, skippedRound, type Round } from './rounds.js'
import type { Target } from './route.js'
import type { Terms } from './terms.js'

/** What a delivery has come to. `attempts` are all that were made. */
interface Come {
  terms: Terms
  attempts: TraceAttempt[]
  /** On the store's clock. */
  now: number
}

/** What follows from a failed attempt: its end, or another round later; null: the next attempt of this round. */
export function conclude(
  error: DeliveryError,
  provider: string,
  { terms, attempts, now, mask }: Come & { mask: (text: string) => string },
): DeliveryResult | null {
  const said = mask(error.message)
  if (error.failure === 'final' || error.failure === 'configuration')
    return failedResult(codeOf(error), `Provider "${provider}" cannot take this: ${said}`, attempts)
  const round = roundOf(attempts, terms)
  if (round.made < terms.maxAttempts) return null
  if (round.number <= terms.schedule.length) return nextRound(round, { terms, attempts, now }, error.retryAfterMs)
  const calls = callsIn(attempts)
  const times = calls === 1 ? 'one attempt' : `${calls} attempts`
  return failedResult(
    codeOf(error),
    `Provider "${provider}" did not take this in ${times}; the last: ${said}`,
    attempts,
  )
}

/**
 * Every circuit is open: that ends a round, where there are rounds. Else, before any attempt, it is `CircuitOpen`, which
 * asks the caller to try again; where nobody hears of that, and after attempts, it is a dead letter.
 */
export function refused(
  { name, called }: Target,
  {
    terms,
    attempts,
    now,
    circuits,
    admission,
    host,
  }: Come & {
    circuits: Circuits
    admission: Admission
    /** The payload names it, and the circuit is its own. */
    host: string | undefined
  },
): DeliveryResult {
  const round = roundToBegin(attempts, terms)
  if (round.number <= terms.schedule.length) {
    attempts.push(skippedRound(name, round, attempts, now))
    return nextRound(round, { terms, attempts, now })
  }
  const fallbacks = circuits.fallbacks(called.provider.name)
  const also = fallbacks.length === 0 ? '' : `, and so is that of each fallback (${fallbacks.join(', ')})`
  const whose = host === undefined ? `provider "${name}"` : `"${host}", which the payload names for provider "${name}",`
  const message = `The circuit of ${whose} is open${also}; nothing is sent until it has recovered.`
  const last = attempts.at(-1)
  if (last !== undefined)
    return failedResult('CIRCUIT_OPEN', `${message} The last attempt: ${last.error ?? last.result}`, attempts)
  const isUnheard = admission.origin.kind !== 'dispatch' || called.terms.async === true
  return {
    kind: 'outcome',
    outcome: { type: 'CircuitOpen', provider: name, fallback_chain: [...fallbacks] },
    attempts,
    ...(isUnheard && { dead_letter: { code: 'CIRCUIT_OPEN', error: message } }),
  }
}

/** Another round later, if it would still be of use. */
function nextRound({ number }: Round, { terms, attempts, now }: Come, retryAfterMs = 0): DeliveryResult {
  const delay_ms = Math.max(terms.schedule[number - 1]!, Math.min(retryAfterMs, RETRY_AFTER_CAP_MS))
  attempts.at(-1)!.backoff_ms = delay_ms
  if (now + delay_ms > terms.usefulUntil) return expired(terms, attempts)
  return { kind: 'park', delay_ms, attempts }
}

export function expired({ usefulUntil }: Terms, attempts: TraceAttempt[]): DeliveryResult {
  const last = attempts.at(-1)?.error
  const why = last === undefined ? '' : ` The last attempt: ${last}`
  return failedResult(
    'EXPIRED',
    `It was of use until ${new Date(usefulUntil).toISOString()}, and no attempt begins after that.${why}`,
    attempts,
  )
}

export const unknown = (why: string, attempts: TraceAttempt[]): DeliveryResult =>
  failedResult('OUTCOME_UNKNOWN', `It may have been delivered, and is not sent twice: ${why}`, attempts)

/** @param known names that exist; `undefined` when any does */
export function notFound(
  name: string,
  known: ReadonlySet<string> | undefined,
  attempts: TraceAttempt[],
): DeliveryResult {
  const suggestion = nearest(name, known ?? [])
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
  return failedResult('PROVIDER_NOT_FOUND', `There is no provider "${name}"${hint}`, attempts, {
    ...(suggestion !== undefined && { suggestion }),
  })
}
