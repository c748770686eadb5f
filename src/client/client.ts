import type { components, operations } from './schema.js'
import { ActeonApiError, errorOfAnswer } from './error.js'
import { decodeOutcome, type Outcome, type OutcomeOf, type WireOutcome } from './outcome.js'
import { createHttp, part, type ClientOptions, type Http } from './request.js'
import { readStream, type StreamFrame, type StreamOptions } from './stream.js'

type Shape = components['schemas']
type QueryOf<Name extends keyof operations> = operations[Name] extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : never
type Scope = { namespace?: string; tenant?: string }

/** An action as it is handed in. */
export type Action = Shape['Action']

export interface DispatchOptions {
  /** The id, when the action has none: the same id and body again answers the recorded outcome. */
  idempotencyKey?: string | undefined
  /** Do not wait for the delivery: the outcome is `Scheduled` as soon as the action is durable. */
  respondAsync?: boolean | undefined
  signal?: AbortSignal | undefined
}

/** What became of an action, and what the answer's headers say. */
export interface Dispatched {
  outcome: Outcome
  action_id: string
  id_source: 'caller' | 'server'
  /** The recorded answer of an earlier request with the same id and body. */
  replayed: boolean
}

/**
 * A client of one Acteon server, for browsers and Node, without dependencies. Reads of something that is not there give
 * null; everything else that is no success throws an `ActeonApiError`.
 *
 * @example
 * const acteon = createClient({ endpoint: 'http://127.0.0.1:8080' })
 * const outcome = await acteon.dispatch({ namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'hello' })
 * if (outcome.type === 'Throttled') console.log(`again in ${outcome.retry_after.secs} s`)
 */
export function createClient(options: ClientOptions) {
  const http = createHttp(options)
  const wait = options.wait ?? pause
  const { json, find } = http
  return {
    ...dispatching(http),
    actions: {
      /** Open ones first, then those that have their outcome. */
      list: (query: QueryOf<'get_actions'> = {}) => json<Shape['ActionList']>('GET', '/v1/actions', { query }),
      /** Its story. */
      get: (id: string, scope: Scope = {}) => find<Shape['Story']>(`/v1/actions/${part(id)}`, { query: scope }),
      /** Calls off what is queued, parked or scheduled. */
      cancel: async (id: string, query: Scope & { reason?: string } = {}) =>
        decodeOutcome(await json<WireOutcome>('DELETE', `/v1/actions/${part(id)}`, { query })),
    },
    rules: {
      list: () => json<Shape['Rule'][]>('GET', '/v1/rules'),
      status: () => json<Shape['RulesStatus']>('GET', '/v1/rules/status'),
      reload: () => json<Shape['Reloaded']>('POST', '/v1/rules/reload'),
      /** null takes the switch back: the file decides again. */
      setEnabled: (name: string, enabled: boolean | null) =>
        json<Shape['SwitchAnswer']>('PUT', `/v1/rules/${part(name)}/enabled`, { body: { enabled } }),
      /** The playground: nothing is changed. */
      evaluate: (body: Shape['EvaluateRequest']) =>
        json<Shape['EvaluateAnswer']>('POST', '/v1/rules/evaluate', { body }),
    },
    audit: {
      list: (query: QueryOf<'get_audit'> = {}) => json<Shape['AuditList']>('GET', '/v1/audit', { query }),
      get: (actionId: string, scope: Scope = {}) =>
        find<Shape['AuditRecord']>(`/v1/audit/${part(actionId)}`, { query: scope }),
      replay: (actionId: string, scope: Scope = {}) =>
        json<Shape['Replay']>('POST', `/v1/audit/${part(actionId)}/replay`, { query: scope }),
      replayMatching: (query: QueryOf<'post_audit_replay'>) =>
        json<Shape['BulkReplay']>('POST', '/v1/audit/replay', { query }),
    },
    events: {
      list: (query: QueryOf<'get_events'> = {}) => json<Shape['EventList']>('GET', '/v1/events', { query }),
      get: (fingerprint: string, scope: Scope = {}) =>
        find<Shape['EventWithHistory']>(`/v1/events/${part(fingerprint)}`, { query: scope }),
      transition: (fingerprint: string, to_state: string, more: Scope & { comment?: string } = {}) =>
        json<Shape['TransitionAnswer']>('PUT', `/v1/events/${part(fingerprint)}/transition`, {
          body: { to_state, ...more },
        }),
    },
    groups: {
      list: (query: QueryOf<'get_groups'> = {}) => json<Shape['GroupList']>('GET', '/v1/groups', { query }),
      get: (key: string, scope: Scope = {}) => find<Shape['GroupDetail']>(`/v1/groups/${part(key)}`, { query: scope }),
      /** Sends what it has collected now. */
      flush: (key: string, scope: Scope = {}) =>
        json<Shape['Flushed']>('DELETE', `/v1/groups/${part(key)}`, { query: scope }),
    },
    deadLetters: {
      list: (query: QueryOf<'get_dead_letters'> = {}) =>
        json<Shape['DeadLetterList']>('GET', '/v1/dead-letters', { query }),
      get: (id: string) => find<Shape['DeadLetter']>(`/v1/dead-letters/${part(id)}`),
      /** A merge patch on the payload that a redelivery sends. */
      edit: (id: string, payload: unknown) =>
        json<Shape['DeadLetter']>('PATCH', `/v1/dead-letters/${part(id)}`, { body: { payload } }),
      discard: (id: string, reason?: string) =>
        json<null>('DELETE', `/v1/dead-letters/${part(id)}`, { query: { reason } }),
      redeliver: async (id: string, body: Shape['RedeliverRequest'] = {}) =>
        decodeOutcome(await json<WireOutcome>('POST', `/v1/dead-letters/${part(id)}/redeliver`, { body })),
      redeliverMatching: (body: Shape['BulkRedeliverRequest']) =>
        json<Shape['BulkRedelivered']>('POST', '/v1/dead-letters/redeliver', { body }),
    },
    providers: {
      list: () => json<Shape['ProviderList']>('GET', '/v1/providers'),
      health: () => json<Shape['ProviderHealthList']>('GET', '/v1/providers/health'),
      check: (name: string) => json<Shape['ProviderCheck']>('POST', `/v1/providers/${part(name)}/check`),
      test: (name: string, body: Shape['ProviderTestRequest'] = {}) =>
        json<Shape['ProviderTest']>('POST', `/v1/providers/${part(name)}/test`, { body }),
      /** What a `log` provider was given last. */
      deliveries: (name: string) => json<Shape['DeliveryList']>('GET', `/v1/providers/${part(name)}/deliveries`),
    },
    health: () => json<Shape['Health']>('GET', '/health'),
    metrics: () => json<Shape['Counters']>('GET', '/metrics'),
    /** What happens, as it happens; it connects again by itself, without gap or double, until `signal` aborts. */
    stream: (
      filter: QueryOf<'get_stream'> = {},
      stream: StreamOptions = {},
    ): AsyncGenerator<StreamFrame, void, undefined> => readStream(http, '/v1/stream', filter, stream, wait),
    /** The same for one action, group or chain, what happened first. */
    subscribe: (
      kind: 'action' | 'group' | 'chain',
      id: string,
      query: QueryOf<'get_subscribe_kind_id'> = {},
      stream: StreamOptions = {},
    ): AsyncGenerator<StreamFrame, void, undefined> =>
      readStream(http, `/v1/subscribe/${kind}/${part(id)}`, query, stream, wait),
  }
}
export type Client = ReturnType<typeof createClient>

function dispatching(http: Http) {
  async function submit(action: Action, options: DispatchOptions = {}, dry_run?: true): Promise<Dispatched> {
    const answer = await http.send('POST', '/v1/dispatch', {
      body: action,
      query: { dry_run },
      headers: {
        'idempotency-key': options.idempotencyKey,
        prefer: options.respondAsync === true ? 'respond-async' : undefined,
      },
      signal: options.signal,
    })
    if (!answer.ok) throw await errorOfAnswer(answer)
    const action_id = answer.headers.get('acteon-action-id') ?? action.id ?? ''
    return {
      outcome: decodeOutcome((await answer.json()) as WireOutcome, action_id),
      action_id,
      id_source: answer.headers.get('acteon-id-source') === 'caller' ? 'caller' : 'server',
      replayed: answer.headers.get('idempotent-replayed') === 'true',
    }
  }
  return {
    /** Hands an action in; a delivery that failed is an outcome too (`Failed`). */
    dispatch: async (action: Action, options?: DispatchOptions): Promise<Outcome> =>
      (await submit(action, options)).outcome,
    /** The same, with what the answer's headers say. */
    submit: (action: Action, options?: DispatchOptions): Promise<Dispatched> => submit(action, options),
    /** What would become of it; nothing is changed. */
    dryRun: async (action: Action): Promise<OutcomeOf<'DryRun'>> =>
      (await submit(action, {}, true)).outcome as OutcomeOf<'DryRun'>,
    /** At most 1,000; each item of the answer belongs to the action at its place, and a refused one is an error there. */
    async dispatchBatch(
      actions: Action[],
      { signal }: { signal?: AbortSignal } = {},
    ): Promise<(Outcome | ActeonApiError)[]> {
      const items = await http.json<Shape['BatchItem'][]>('POST', '/v1/dispatch/batch', { body: actions, signal })
      return items.map(batchItem)
    },
  }
}

function batchItem(item: Shape['BatchItem']): Outcome | ActeonApiError {
  if (typeof item === 'string' || !('error' in item)) return decodeOutcome(item)
  const { code, message, retryable } = item.error
  return new ActeonApiError(message, { code, status: 200, retryable, body: item.error })
}

/** Ends early when the signal aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // eslint-disable-next-line no-restricted-globals -- the client runs alone, in browsers too, and takes `wait` instead
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
