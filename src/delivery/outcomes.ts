import type { Outcome, OutcomeOf, ProviderResponse } from '../action/outcome.js'
import type { TraceAttempt } from '../audit/trace.js'
import { ERRORS, type ErrorCode } from '../lib/errors.js'
import type { DeliveryError } from '../providers/provider.js'
import type { Plan } from '../state/plan.js'
import { callsIn } from './rounds.js'

const EXCERPT_LENGTH = 512

/** What became of a delivery. */
export type DeliveryResult =
  /** `dead_letter`: it failed for good, and is kept for a person to look at. */
  | { kind: 'outcome'; outcome: Outcome; attempts: TraceAttempt[]; dead_letter?: { code: string; error: string } }
  /** The next attempt is so late that it is stored as a job. */
  | { kind: 'park'; delay_ms: number; attempts: TraceAttempt[]; outcome?: Outcome }
  /** The work is no longer this node's; whoever owns it now brings it to its end. */
  | { kind: 'lost' }

/** A provider took it: `Rerouted` when it is not the one that was asked for, or stood in for the one that was planned. */
export function deliveredOutcome(
  { original_provider, action }: Plan,
  by: string,
  response: ProviderResponse,
): OutcomeOf<'Executed' | 'Rerouted'> {
  return by === action.provider && original_provider === by
    ? { type: 'Executed', ...response }
    : { type: 'Rerouted', original_provider, new_provider: by, response }
}

/** Providers that were called in place of the planned one, in order. */
export const standInsOf = ({ action }: Plan, attempts: readonly TraceAttempt[]): string[] => [
  ...new Set(attempts.map(({ provider }) => provider).filter((provider) => provider !== action.provider)),
]

/** It failed for good, under a code of the registry, which also says whether the same action may be tried again. */
export function failedResult(
  code: ErrorCode,
  message: string,
  attempts: TraceAttempt[],
  more: { suggestion?: string } = {},
): DeliveryResult {
  const { retryable } = ERRORS[code]
  return {
    kind: 'outcome',
    outcome: { type: 'Failed', code, message, retryable, attempts: callsIn(attempts), ...more },
    attempts,
    dead_letter: { code, error: message },
  }
}

/** An attempt that was answered, for the trace. */
export const answeredAttempt = (
  base: Pick<TraceAttempt, 'attempt' | 'provider' | 'at' | 'duration_ms'>,
  { status, body }: ProviderResponse,
  mask: (text: string) => string,
): TraceAttempt => ({
  ...base,
  result: status === 'failure' ? 'final' : 'success',
  ...(body !== null && { excerpt: excerptOf(JSON.stringify(body), mask) }),
})

/** An attempt that failed, for the trace. A provider that is not set up rightly is final too: nothing waits for that. */
export const failedAttempt = (
  base: Pick<TraceAttempt, 'attempt' | 'provider' | 'at' | 'duration_ms'>,
  { failure, status, code, message, excerpt }: DeliveryError,
  mask: (text: string) => string,
): TraceAttempt => ({
  ...base,
  result: failure === 'configuration' ? 'final' : failure,
  code,
  error: mask(message),
  ...(status !== undefined && { status }),
  ...(excerpt !== undefined && { excerpt: excerptOf(excerpt, mask) }),
})

// Masked before it is cut: half a secret is still one.
const excerptOf = (text: string, mask: (text: string) => string): string => mask(text).slice(0, EXCERPT_LENGTH)

/**
 * Whether a failed attempt may have taken effect. Only what says "not done" is certain: no connection, too early, too
 * many, refused as it is; a 5xx, a 408 or a 409 does not say it.
 */
export const mayHaveTakenEffect = ({ failure, status = 0 }: DeliveryError): boolean =>
  failure === 'ambiguous' || status >= 500 || status === 408 || status === 409

/** The code of the registry for a failure; a provider's own word, which the registry does not have, says only its kind. */
export const codeOf = ({ code, failure }: DeliveryError): ErrorCode =>
  Object.hasOwn(ERRORS, code)
    ? (code as ErrorCode)
    : failure === 'final' || failure === 'configuration'
      ? 'PROVIDER_REJECTED'
      : 'PROVIDER_ERROR'
