import type { LookupAddress } from 'node:dns'
import type { TSchema } from 'typebox'
import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import type { Clock, Entropy } from '../lib/clock.js'
import type { Render } from '../messages/render.js'
import type { EventNotice } from '../state/store.js'

/** What a provider is given besides the action. */
export interface DeliveryContext {
  /** Aborts when the attempt's time is up or the node lost its lease; whatever is running must end at once. */
  signal: AbortSignal
  /** 1 for the first attempt of this try. */
  attempt: number
  /** The same over all attempts; a receiver that has seen it may ignore the repeat. */
  idempotency_key: string
  /** `traceparent` and `tracestate` to pass on, when the dispatch had them. */
  trace_headers: Record<string, string>
  /** For a notification of a state machine. */
  event?: EventNotice
  /** When the action was admitted, on the store's clock, milliseconds: the same at each attempt. Absent: `created_at`. */
  dispatched_at?: number
}

/**
 * How a delivery failed.
 * `retryable`: may succeed later, nothing was done. `final`: the action itself is refused. `ambiguous`: bytes were sent
 * and no answer came, so it may have taken effect. `configuration`: the provider is not set up rightly (401, 403 …).
 */
export type FailureKind = 'retryable' | 'final' | 'ambiguous' | 'configuration'

/** Thrown by `deliver`. Anything else that is thrown counts as ambiguous. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly failure: FailureKind
  /** A code of the registry: PROVIDER_ERROR, PROVIDER_REJECTED, RATE_LIMITED, TIMEOUT, CONNECTION_FAILED, PROVIDER_CONFIGURATION. */
  readonly code: string
  /** The provider's own Retry-After, milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Status of the answer, when there was one. */
  readonly status: number | undefined
  /** The beginning of the answer, at most 2,048 characters. */
  readonly excerpt: string | undefined

  constructor(
    message: string,
    options: {
      failure: FailureKind
      code: string
      retryAfterMs?: number | undefined
      status?: number | undefined
      excerpt?: string | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: options.cause })
    this.failure = options.failure
    this.code = options.code
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status
    this.excerpt = options.excerpt
  }
}

/** Carries actions out. One per `[[providers]]` entry, made at start. */
export interface Provider {
  /** The name that actions and rules use. */
  readonly name: string
  readonly type: string
  /** @throws DeliveryError */
  deliver(action: Action, context: DeliveryContext): Promise<ProviderResponse>
  /**
   * The host that an action's payload names, where it may name one: such hosts fail and fill up each by itself. undefined:
   * the action goes where the configuration says. Never throws.
   */
  hostOf?(action: Action): string | undefined
  /** Whether it answers and the credential is good, without sending anything. @throws DeliveryError */
  check?(context: Pick<DeliveryContext, 'signal'>): Promise<void>
  close?(): Promise<void>
}

/** A kind of provider: one file in this folder. Configuration, its validation, its docs and the UI's form come from `schema`. */
export interface ProviderType<Config = unknown> {
  type: string
  /** One sentence for the docs. */
  describes: string
  /** The fields of `[[providers]]` besides those that all have (`PROVIDER_COMMON`). Secrets carry `secret: true`. */
  schema: TSchema
  create(name: string, config: Config, machine: ProviderMachine): Provider
}

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>

/** What providers are made with. */
export interface ProviderMachine {
  clock: Clock
  entropy: Entropy
  log: ProviderLog
  /** Makes messages; absent: those that are built in. */
  render?: Render
  /** Resolves the names in addresses that come from payloads; absent: as the system does. */
  resolve?: Resolve
}

/** Where a provider that shows things (`log`) writes. */
export type ProviderLog = (line: { provider: string; message: string; data: Record<string, unknown> }) => void

/** Per-provider terms of delivery; absent ones are the executor's. */
export interface ProviderTerms {
  max_retries?: number
  timeout_seconds?: number
  max_concurrent?: number
  max_queue?: number
  delivery?: 'at_least_once' | 'at_most_once'
  deliver_within_seconds?: number
  /** Calls per second over all nodes; above it calls wait. */
  rate_limit?: number
  /** Time spans such as `"5m"`: when to begin another round of attempts after one that failed, instead of giving up. */
  retry_schedule?: readonly string[]
  /** A dispatch is answered with `Scheduled` as soon as the action is durable. */
  async?: boolean
  /** Paths into the action: those with equal values there are delivered one at a time, in the order of admission. */
  ordering_key?: readonly string[]
}
