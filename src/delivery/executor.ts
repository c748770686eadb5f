import type { Action } from '../action/action.js'
import type { TraceAttempt } from '../audit/trace.js'
import type { Clock, Entropy } from '../lib/clock.js'
import type { Providers } from '../providers/lookup.js'
import type { Provider } from '../providers/provider.js'
import { StoreUnavailable, type Admission, type EventNotice } from '../state/store.js'
import { runAttempt, type AttemptEnd } from './attempt.js'
import { PARK_ABOVE_MS, waitMs } from './backoff.js'
import { countsAgainst, NO_CIRCUITS, type CallEnd, type Circuits } from './breaker.js'
import { enterBoth } from './concurrency.js'
import {
  answeredAttempt,
  deliveredOutcome,
  failedAttempt,
  mayHaveTakenEffect,
  type DeliveryResult,
} from './outcomes.js'
import { conclude, expired, notFound, refused, unknown } from './conclusions.js'
import { onAbort } from './on-abort.js'
import { placesOf, waitingAt, type Place } from './places.js'
import type { Rates } from './rates.js'
import { callsIn, roundOf, roundToBegin } from './rounds.js'
import { routeOf, type Target } from './route.js'
import { DEFAULT_MAX_QUEUE, standInTerms, termsOf, type ExecutorTerms, type Terms } from './terms.js'
import { traceHeaders } from './trace-headers.js'

export type { DeliveryResult } from './outcomes.js'

/** The node's lease, as far as delivery rests on it. */
export interface LeaseGuard {
  /** Waits until an attempt may start under `owner`; false once that incarnation is over. */
  mayStart(owner: number): Promise<boolean>
  /** Aborts when what runs under `owner` must end. */
  signal(owner: number): AbortSignal
  /** The store's clock as this node knows it, milliseconds. */
  storeNow(): number
}

export interface ExecutorParts {
  providers: Pick<Providers, 'find' | 'known'>
  terms: ExecutorTerms
  lease: LeaseGuard
  /** Absent: no circuit ever opens. */
  circuits?: Circuits
  /** Absent: no provider has a rate. */
  rates?: Rates
  clock: Clock
  entropy: Entropy
  /** `error` is masked. */
  observe?: (attempt: {
    provider: string
    result: string
    duration_ms: number
    action_id: string
    error?: string
  }) => void
  /** Masks secrets in texts that are recorded and shown. */
  mask?: (text: string) => string
}

/** How loaded one provider is. */
export interface Load {
  provider: string
  running: number
  /** For a place, or for the time of the next attempt. */
  waiting: number
}

/** Brings admitted actions to their providers. */
export interface Executor {
  /**
   * Attempts until one is answered, the provider refuses for good, or the attempts are used up (spec section 6). Those
   * that were recorded when it was parked count. Never rejects.
   * @param action the body to send, the same at every attempt
   */
  deliver(admission: Admission, action: Action, event?: EventNotice): Promise<DeliveryResult>
  /** Whether a provider's queue is full, so that a new dispatch must be refused with PROVIDER_BUSY before admission. */
  busy(provider: string): boolean
  /** Resolves when nothing runs any more at a provider that was replaced, so that it may be closed. */
  quiet(provider: Provider): Promise<void>
  /** Load of each provider that was called. */
  load(): Load[]
  /** Lets what is under way go on for `graceMs`, then ends it: what has no outcome by then is handed back. */
  stop(graceMs: number): Promise<void>
}

/** When the store could not give a permit, another is asked for after this. */
const NO_PERMIT_PAUSE_MS = 1_000

/** Where too many wait for a host already, one more comes back after this. */
const CROWDED_PAUSE_MS = 1_000

export function createExecutor(parts: ExecutorParts): Executor {
  const {
    providers,
    lease,
    circuits = NO_CIRCUITS,
    rates,
    clock,
    entropy,
    observe,
    mask = (text: string) => text,
  } = parts
  const places = placesOf(parts.terms, circuits, clock)
  const whenQuiet = new Map<Provider, () => void>()
  const over = new AbortController()
  const now = (): number => lease.storeNow()
  let underWay = 0
  let whenIdle: (() => void) | undefined

  async function deliver(admission: Admission, action: Action, event?: EventNotice): Promise<DeliveryResult> {
    underWay++
    try {
      return await attemptUntilDone(admission, action, event)
    } finally {
      if (--underWay === 0) whenIdle?.()
    }
  }

  async function attemptUntilDone(
    admission: Admission,
    action: Action,
    event: EventNotice | undefined,
  ): Promise<DeliveryResult> {
    const { owner } = admission
    const attempts = [...admission.attempts]

    for (;;) {
      // Looked up at each attempt: a reload may have exchanged it meanwhile.
      const called = providers.find(action.provider)
      if (called === undefined) return notFound(action.provider, providers.known, attempts)
      const planned: Target = { name: action.provider, called }
      const plannedTerms = termsOf(parts.terms, called.terms, admission, action)
      if (plannedTerms.atMostOnce && admission.takeovers > 0)
        return unknown('it was under way on a node that ended, and may have taken effect', attempts)
      const target = routeOf(planned, providers, {
        refuses: (one) => places.refuses(one, action),
        fallbacks: (name) => circuits.fallbacks(name),
      })
      if (target === null) {
        const host = called.provider.hostOf?.(action)
        return refused(planned, { terms: plannedTerms, circuits, admission, attempts, now: now(), host })
      }
      const terms =
        target === planned
          ? plannedTerms
          : standInTerms(plannedTerms, termsOf(parts.terms, target.called.terms, admission, action))
      const place = places.of(target.called)
      const host = places.hostOf(target.called, action)
      if (host !== undefined && host.slots.waiting >= host.maxWaiting)
        return { kind: 'park', delay_ms: CROWDED_PAUSE_MS, attempts }
      const leave = await enterBoth(host?.slots, place.slots, action.tenant)
      if (leave === null) return handBack(terms, attempts)
      let end: AttemptEnd
      try {
        if (isReplaced(target)) continue
        if (!(await hasPermit(target))) {
          if (over.signal.aborted) return handBack(terms, attempts)
          return { kind: 'park', delay_ms: NO_PERMIT_PAUSE_MS, attempts }
        }
        if (!(await mayStart(owner))) return over.signal.aborted ? handBack(terms, attempts) : { kind: 'lost' }
        if (now() > terms.usefulUntil) return expired(terms, attempts)
        const { name } = target.called.provider
        const pass = host === undefined ? await circuits.enter(name, terms.timeoutMs) : host.enter()
        // It opened while we waited; somebody else may stand in.
        if (pass === null) continue
        end = await attempt(target, admission, action, event, terms, attempts)
        pass(end.kind === 'answered' ? 'answered' : whatItSays(end))
      } finally {
        leave()
        if (place.slots.running === 0) whenQuiet.get(target.called.provider)?.()
      }
      if (end.kind === 'answered')
        return { kind: 'outcome', outcome: deliveredOutcome(admission.plan, target.name, end.response), attempts }
      const { error } = end
      if (terms.atMostOnce && mayHaveTakenEffect(error)) return unknown(mask(error.message), attempts)
      if (end.cut === 'signal' && !(await mayStart(owner)))
        return over.signal.aborted ? handBack(terms, attempts) : { kind: 'lost' }
      const concluded = conclude(error, target.name, { terms, attempts, now: now(), mask })
      if (concluded !== null) return concluded

      const delay = waitMs(roundOf(attempts, terms).made, error.retryAfterMs, entropy)
      attempts.at(-1)!.backoff_ms = delay
      if (now() + delay > terms.usefulUntil) return expired(terms, attempts)
      if (delay > PARK_ABOVE_MS) return { kind: 'park', delay_ms: delay, attempts }
      if (!(await rest(place, delay))) return handBack(terms, attempts)
    }
  }

  const isReplaced = ({ called: { provider } }: Target): boolean => providers.find(provider.name)?.provider !== provider

  /** Whether the target's rate allows a call, waited for; false: the node stops, or the store cannot be asked. */
  async function hasPermit({ called }: Target): Promise<boolean> {
    const { rate_limit } = called.terms
    if (rate_limit === undefined || rates === undefined) return true
    try {
      return await rates.permit(called.provider.name, rate_limit, over.signal)
    } catch (error) {
      if (error instanceof StoreUnavailable) return false
      throw error
    }
  }

  /** One call; its entry in the trace is added to `attempts`. */
  async function attempt(
    { name, called }: Target,
    { idempotency_key, dispatched_at, owner, context, key }: Admission,
    action: Action,
    event: EventNotice | undefined,
    terms: Terms,
    attempts: TraceAttempt[],
  ): Promise<AttemptEnd> {
    const number = callsIn(attempts) + 1
    const round = roundToBegin(attempts, terms).number
    const at = new Date(now()).toISOString()
    const began = clock.monotonic()
    const end = await runAttempt(
      called.provider,
      name === action.provider ? action : { ...action, provider: name },
      {
        attempt: number,
        idempotency_key,
        dispatched_at,
        trace_headers: traceHeaders(context.trace_context),
        ...(event !== undefined && { event }),
      },
      { clock, timeoutMs: terms.timeoutMs, endedBy: [lease.signal(owner), over.signal] },
    )
    const duration_ms = Math.round((clock.monotonic() - began) * 1_000) / 1_000
    const base = { attempt: number, provider: name, at, duration_ms }
    const traced =
      end.kind === 'answered' ? answeredAttempt(base, end.response, mask) : failedAttempt(base, end.error, mask)
    attempts.push(terms.schedule.length === 0 ? traced : { ...traced, round })
    observe?.({
      provider: name,
      result: traced.result,
      duration_ms,
      action_id: key.id,
      ...(traced.error !== undefined && { error: traced.error }),
    })
    return end
  }

  /** Waits for a lease to trust; false: it is lost, or the node stops. */
  async function mayStart(owner: number): Promise<boolean> {
    if (over.signal.aborted) return false
    let stopListening = (): void => {}
    const stopped = new Promise<false>((resolve) => {
      stopListening = onAbort(over.signal, () => resolve(false))
    })
    try {
      return (await Promise.race([lease.mayStart(owner), stopped])) && !over.signal.aborted
    } finally {
      stopListening()
    }
  }

  /** Waits without a slot; false: the node stops. */
  function rest(place: Place, delay: number): Promise<boolean> {
    if (over.signal.aborted) return Promise.resolve(false)
    place.resting++
    return new Promise((resolve) => {
      const end = (mayGoOn: boolean): void => {
        cancel()
        stopListening()
        place.resting--
        resolve(mayGoOn)
      }
      const cancel = clock.after(delay, () => end(true))
      const stopListening = onAbort(over.signal, () => end(false))
    })
  }

  /**
   * What the node has no time left for. Whoever resumes an action cannot know whether an attempt had begun, and with
   * at_most_once would have to leave it unknown; but we know that nothing has happened (else it would have its outcome),
   * so then it is stored as not begun.
   */
  const handBack = ({ atMostOnce }: Terms, attempts: TraceAttempt[]): DeliveryResult =>
    atMostOnce ? { kind: 'park', delay_ms: 0, attempts } : { kind: 'lost' }

  return {
    deliver,
    busy(name) {
      const called = providers.find(name)
      const place = called === undefined ? undefined : places.all.get(called.provider)
      if (called === undefined || place === undefined) return false
      return waitingAt(place) >= (called.terms.max_queue ?? DEFAULT_MAX_QUEUE)
    },
    async quiet(provider) {
      const place = places.all.get(provider)
      if (place === undefined) return
      if (place.slots.running > 0) await new Promise<void>((resolve) => whenQuiet.set(provider, resolve))
      whenQuiet.delete(provider)
      places.all.delete(provider)
    },
    load: () =>
      [...places.all].map(([{ name }, place]) => ({
        provider: name,
        running: place.slots.running,
        waiting: waitingAt(place),
      })),
    async stop(graceMs) {
      const idle = new Promise<void>((resolve) => (underWay === 0 ? resolve() : (whenIdle = resolve)))
      const timeUp = new Promise<void>((resolve) => {
        const cancel = clock.after(graceMs, resolve)
        void idle.then(cancel)
      })
      await Promise.race([idle, timeUp])
      over.abort(new Error('the node stops'))
      for (const { slots, hosts } of places.all.values()) {
        hosts.close()
        slots.close()
      }
      await idle
    },
  }
}

/** What a failed call says of its provider; nothing, when we cut it off before its time was up. */
const whatItSays = ({ cut, error }: Extract<AttemptEnd, { kind: 'failed' }>): CallEnd =>
  cut === 'signal' ? 'unknown' : countsAgainst(error) ? 'failed' : 'answered'
