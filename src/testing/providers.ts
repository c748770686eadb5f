import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import { sleep, systemClock, systemEntropy, type Clock, type Entropy } from '../lib/clock.js'
import { DeliveryError, type DeliveryContext, type Provider } from '../providers/provider.js'

/** How a test provider fails. */
export type FailureMode =
  /** It could not do it this time (like a 503). */
  | 'execution'
  /** It does not answer until the attempt is ended. */
  | 'timeout'
  /** It cannot be reached. */
  | 'connection'
  /** It asks for fewer calls (like a 429). */
  | 'rate_limited'
  /** It does not accept our credentials (like a 401). */
  | 'configuration'
  /** It took the call and was cut off before it answered. */
  | 'ambiguous'
  /** It refuses the action as it is (like a 400). */
  | 'rejected'

/** What a test provider shall answer: a response, its body alone, or a way to fail. */
export type Answer = ProviderResponse | { body: ProviderResponse['body'] } | FailureMode | DeliveryError

/** One call that a test provider got. */
export interface ProviderCall {
  action: Action
  /** The attempt's number, its key, and the event of a notification. */
  context: Omit<DeliveryContext, 'signal'>
  /** When it came, milliseconds on the clock that the provider is bound to. */
  at: number
  /** What it answered; null while it has not. */
  answer: ProviderResponse | DeliveryError | null
}

/** A provider that keeps what it is given, and answers as it was told to. */
export interface RecordingProvider extends Provider {
  /** In order of arrival. */
  readonly calls: readonly ProviderCall[]
  /** Forgets the calls, and begins again where it counts. */
  reset(): void
  /** Sets time and chance; a simulation does. Until then they are the machine's. */
  bind(machine: { clock: Clock; entropy: Entropy }): void
  /** The same kind of provider under another name, with nothing recorded. */
  named(name: string): RecordingProvider
}

export interface RecordingOptions {
  /** How long it takes to answer, milliseconds. */
  delayMs?: number
  /** Decides about each call; the number of calls before this one is given. */
  respond?: (
    action: Action,
    call: { index: number; entropy: Entropy; context: Omit<DeliveryContext, 'signal'> },
  ) => Answer
  /** Answers in order; after the last one `respond` decides, or it succeeds. */
  script?: readonly Answer[]
}

const SUCCESS: ProviderResponse = { status: 'success', body: { recorded: true }, headers: {} }

/**
 * A provider that records every call.
 *
 * @example
 * const email = recordingProvider('email', { script: ['connection', 'timeout'] })
 * // the first attempt fails, the second hangs, the third succeeds
 * email.calls[0].action.payload
 */
export function recordingProvider(name: string, options: RecordingOptions = {}): RecordingProvider {
  const { delayMs = 0, respond, script = [] } = options
  const calls: ProviderCall[] = []
  let machine = { clock: systemClock, entropy: systemEntropy }
  return {
    name,
    type: 'recording',
    calls,
    reset: () => void calls.splice(0),
    bind(given) {
      machine = given
    },
    named: (other) => recordingProvider(other, options),
    async deliver(action, { signal, ...context }) {
      const { clock, entropy } = machine
      const index = calls.length
      const call: ProviderCall = { action: structuredClone(action), context, at: clock.now(), answer: null }
      calls.push(call)
      const answer = script[index] ?? respond?.(action, { index, entropy, context }) ?? SUCCESS
      try {
        if (delayMs > 0) await sleep(clock, delayMs, signal).catch(() => Promise.reject(failure('timeout', name)))
        if (answer === 'timeout') await ended(signal)
        if (typeof answer === 'string') throw failure(answer, name)
        if (answer instanceof DeliveryError) throw answer
        call.answer = { ...SUCCESS, ...answer }
        return call.answer
      } catch (error) {
        call.answer = error as DeliveryError
        throw error
      }
    },
  }
}

/**
 * Providers that fail on purpose; they record like `recordingProvider`, and succeed where they do not fail. Give them a
 * name with `named` where a simulation does not.
 */
export const failing = {
  /** Every `n`-th call fails: the n-th, the 2n-th … */
  everyNth: (n: number, mode: FailureMode = 'execution') =>
    failingProvider((index) => ((index + 1) % n === 0 ? mode : null)),
  /** The first `n` calls fail. */
  firstN: (n: number, mode: FailureMode = 'execution') => failingProvider((index) => (index < n ? mode : null)),
  /** Each call fails with probability `p`, from the seed that the simulation binds. */
  probability: (p: number, mode: FailureMode = 'execution') =>
    failingProvider((_index, entropy) => (entropy.random() < p ? mode : null)),
  /** Every call fails. */
  always: (mode: FailureMode = 'execution') => failingProvider(() => mode),
} as const

const failingProvider = (decide: (index: number, entropy: Entropy) => FailureMode | null): RecordingProvider =>
  recordingProvider('failing', { respond: (_action, { index, entropy }) => decide(index, entropy) ?? SUCCESS })

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** The error that a mode stands for. */
function failure(mode: FailureMode, name: string): DeliveryError {
  switch (mode) {
    case 'execution':
      return new DeliveryError(`${name} could not do it (on purpose).`, {
        failure: 'retryable',
        code: 'PROVIDER_ERROR',
        status: 503,
      })
    case 'timeout':
      return new DeliveryError(`${name} did not answer (on purpose).`, { failure: 'ambiguous', code: 'TIMEOUT' })
    case 'connection':
      return new DeliveryError(`${name} cannot be reached (on purpose).`, {
        failure: 'retryable',
        code: 'CONNECTION_FAILED',
      })
    case 'rate_limited':
      return new DeliveryError(`${name} asks for fewer calls (on purpose).`, {
        failure: 'retryable',
        code: 'RATE_LIMITED',
        status: 429,
        retryAfterMs: 1_000,
      })
    case 'configuration':
      return new DeliveryError(`${name} does not accept our credentials (on purpose).`, {
        failure: 'configuration',
        code: 'PROVIDER_CONFIGURATION',
        status: 401,
      })
    case 'ambiguous':
      return new DeliveryError(`${name} was cut off before it answered (on purpose).`, {
        failure: 'ambiguous',
        code: 'CONNECTION_FAILED',
      })
    case 'rejected':
      return new DeliveryError(`${name} refuses it as it is (on purpose).`, {
        failure: 'final',
        code: 'PROVIDER_REJECTED',
        status: 400,
      })
  }
}
