import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import type { Clock } from '../lib/clock.js'
import { DeliveryError, type DeliveryContext, type Provider } from '../providers/provider.js'
import { onAbort } from './on-abort.js'

/** How one attempt ended. `cut`: it was ended by us, because its time was up or by one of the signals. */
export type AttemptEnd =
  | { kind: 'answered'; response: ProviderResponse }
  | { kind: 'failed'; error: DeliveryError; cut: 'timeout' | 'signal' | null }

/** A provider that is told to end has this long to say how far it had got; then we no longer listen. */
const LAST_WORDS_MS = 100

/**
 * Calls a provider once, for at most `timeoutMs`. Never rejects: whatever is thrown is a failure, and what is no
 * `DeliveryError` counts as ambiguous, because nobody knows how far it had got.
 */
export function runAttempt(
  provider: Provider,
  action: Action,
  context: Omit<DeliveryContext, 'signal'>,
  terms: { clock: Clock; timeoutMs: number; endedBy: readonly AbortSignal[] },
): Promise<AttemptEnd> {
  const { clock, timeoutMs, endedBy } = terms
  const own = new AbortController()
  let cut: 'timeout' | 'signal' | null = null
  return new Promise((resolve) => {
    let cancelLastWords = (): void => {}
    const end = (ended: AttemptEnd): void => {
      cancelTimeout()
      cancelLastWords()
      for (const stop of stopListening) stop()
      resolve(ended)
    }
    const cutOff = (by: 'timeout' | 'signal', reason: Error): void => {
      if (cut !== null) return
      cut = by
      own.abort(reason)
      cancelLastWords = clock.after(LAST_WORDS_MS, () => end({ kind: 'failed', error: unheard(by, timeoutMs), cut }))
    }
    const onSignal = (): void => cutOff('signal', new Error('the node ends its attempts'))
    const cancelTimeout = clock.after(timeoutMs, () => cutOff('timeout', new Error('the attempt took too long')))
    const stopListening = endedBy.map((signal) => onAbort(signal, onSignal))

    if (endedBy.some((signal) => signal.aborted)) {
      cut = 'signal'
      return end({ kind: 'failed', error: notBegun(), cut })
    }
    // A provider that throws at once is caught like one that rejects.
    const call = async (): Promise<ProviderResponse> => provider.deliver(action, { ...context, signal: own.signal })
    call().then(
      (response) => end({ kind: 'answered', response }),
      (error: unknown) => end({ kind: 'failed', error: asDeliveryError(error, cut, timeoutMs), cut }),
    )
  })
}

function asDeliveryError(error: unknown, cut: 'timeout' | 'signal' | null, timeoutMs: number): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (cut !== null) return unheard(cut, timeoutMs, error)
  const said = error instanceof Error ? error.message : String(error)
  return new DeliveryError(`The provider failed in a way it does not explain: ${said}`, {
    failure: 'ambiguous',
    code: 'PROVIDER_ERROR',
    cause: error,
  })
}

const unheard = (cut: 'timeout' | 'signal', timeoutMs: number, cause?: unknown): DeliveryError =>
  new DeliveryError(
    cut === 'timeout'
      ? `No answer within ${timeoutMs / 1_000} s.`
      : 'The node had to end the attempt before an answer came.',
    { failure: 'ambiguous', code: cut === 'timeout' ? 'TIMEOUT' : 'PROVIDER_ERROR', cause },
  )

const notBegun = (): DeliveryError =>
  new DeliveryError('The attempt was not begun, because the node ends its attempts.', {
    failure: 'retryable',
    code: 'PROVIDER_ERROR',
  })
