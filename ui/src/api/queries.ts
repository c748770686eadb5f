import { keepPreviousData, QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { count } from '../lib/formats.ts'
import { answer, api, ApiError, sendAlong, type Shape } from './client.ts'
import { parameters, trafficQueries, type Asked } from './traffic.ts'

/** The parts of the scope that a request names. */
export interface Scope {
  tenant?: string | undefined
  namespace?: string | undefined
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      placeholderData: keepPreviousData,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.retryable),
    },
  },
})

/** What an act renews of these may need somebody no more. */
const NEEDED: ReadonlySet<unknown> = new Set(['events', 'providers', 'dead-letters'])
queryClient.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'invalidate' && NEEDED.has(event.query.queryKey[0]))
    void queryClient.invalidateQueries({ queryKey: ['attention'] })
})

/** Everything the pages read, by name; keys begin with the list's name, so that one act can renew it. */
export const queries = {
  /** Without what is longer than 64 KiB. */
  story: (id: string, scope: Scope) =>
    queryOptions({
      queryKey: ['story', id, scope],
      queryFn: () =>
        answer(api.GET('/v1/actions/{id}', { params: { path: { id }, query: { ...scope, payload: 'small' } } })),
      placeholderData: undefined,
    }),
  wholeStory: (id: string, scope: Scope) =>
    queryOptions({
      queryKey: ['story', id, scope, 'whole'],
      queryFn: () => answer(api.GET('/v1/actions/{id}', { params: { path: { id }, query: scope } })),
      placeholderData: undefined,
    }),
  /** What the rules behind the one that decided would have made of it. */
  rulesBehind: (id: string, scope: Scope) =>
    queryOptions({
      queryKey: ['story', id, scope, 'behind'],
      queryFn: () => answer(api.GET('/v1/actions/{id}/rules-behind', { params: { path: { id }, query: scope } })),
      placeholderData: undefined,
    }),
  health: () =>
    queryOptions({ queryKey: ['health'], queryFn: () => answer(api.GET('/health')), refetchInterval: 10_000 }),
  providers: () =>
    queryOptions({
      queryKey: ['providers'],
      queryFn: () => answer(api.GET('/v1/providers/health')),
      refetchInterval: 5_000,
    }),
  /** What each is; who may ask gets it whatever tenants they see. */
  providerList: () =>
    queryOptions({
      queryKey: ['providers', 'list'],
      queryFn: () => answer(api.GET('/v1/providers')),
      staleTime: 60_000,
    }),
  /** Null where no provider has one, or the person may not see them. */
  circuits: () =>
    queryOptions({
      queryKey: ['providers', 'circuits'],
      queryFn: () => absent(answer(api.GET('/admin/circuit-breakers'))),
      refetchInterval: 5_000,
    }),
  /** What became of a provider's circuit in the last 30 days, newest first; null where the person may not see it. */
  circuitChanges: (provider: string) =>
    queryOptions({
      queryKey: ['providers', 'circuit-changes', provider],
      queryFn: () => {
        const query = {
          kind: 'system',
          action_type: 'circuit_breaker',
          provider,
          from: monthAgo(),
          limit: 500,
        } as const
        return absent(answer(api.GET('/v1/audit', { params: { query } })))
      },
      refetchInterval: 10_000,
    }),
  /** The latest of a filter text, newest first. */
  latest: (scope: Scope, q: string, from: string, limit: number) =>
    queryOptions({
      queryKey: ['latest', scope, q, from, limit],
      queryFn: () => answer(api.GET('/v1/actions', { params: { query: { ...scope, q, from, limit } } })),
      refetchInterval: 10_000,
      placeholderData: undefined,
    }),
  figures: (scope: Scope, q: string, from: string) =>
    queryOptions({
      queryKey: ['figures', scope, q, from],
      queryFn: () => answer(api.GET('/v1/figures', { params: { query: { ...scope, q, from, compare: false } } })),
      refetchInterval: 10_000,
      placeholderData: undefined,
    }),
  event: (fingerprint: string, scope: Scope) =>
    queryOptions({
      queryKey: ['events', 'one', fingerprint, scope],
      queryFn: () => answer(api.GET('/v1/events/{fingerprint}', { params: { path: { fingerprint }, query: scope } })),
      refetchInterval: 5_000,
      placeholderData: undefined,
    }),
  group: (group_key: string, scope: Scope) =>
    queryOptions({
      queryKey: ['groups', 'one', group_key, scope],
      queryFn: () => answer(api.GET('/v1/groups/{group_key}', { params: { path: { group_key }, query: scope } })),
      refetchInterval: 5_000,
      placeholderData: undefined,
    }),
  /** Who may come in; null where the person may not see it. */
  accessEntries: () =>
    queryOptions({
      queryKey: ['access-entries'],
      queryFn: () => absent(answer(api.GET('/v1/auth/entries'))),
      refetchInterval: 10_000,
    }),
  /** The configuration that runs; null where the person may not see it. */
  config: () =>
    queryOptions({
      queryKey: ['config'],
      queryFn: () => absent(answer(api.GET('/admin/config'))),
      staleTime: 60_000,
    }),
  /** The same value by value, with where each is from. */
  configValues: () =>
    queryOptions({
      queryKey: ['config', 'values'],
      queryFn: () => absent(answer(api.GET('/admin/config/values'))),
      refetchInterval: 10_000,
    }),
  /** All that are open, and those that ended within the window; of each the 500 that changed last. */
  events: (asked: Asked) =>
    queryOptions({
      queryKey: ['events', asked.scope, asked.q, asked.fromMs, asked.toMs],
      queryFn: async () => {
        const { scope, q } = asked
        const [open, over] = await Promise.all([
          answer(api.GET('/v1/events', { params: { query: { ...scope, q, active: true, limit: 500 } } })),
          answer(api.GET('/v1/events', { params: { query: { ...parameters(asked), active: false, limit: 500 } } })),
        ])
        return {
          events: [...open.events, ...over.events],
          isCut: [open, over].some(({ next_cursor }) => next_cursor !== undefined),
        }
      },
      refetchInterval: 5_000,
    }),
  groups: ({ scope, q }: Asked) =>
    queryOptions({
      queryKey: ['groups', scope, q],
      queryFn: () => answer(api.GET('/v1/groups', { params: { query: { ...scope, q } } })),
      refetchInterval: 5_000,
    }),
  deadLetters: ({ scope, q }: Asked) =>
    queryOptions({
      queryKey: ['dead-letters', scope, q],
      queryFn: () => answer(api.GET('/v1/dead-letters', { params: { query: { ...scope, q, limit: 500 } } })),
      refetchInterval: 5_000,
    }),
  rules: () =>
    queryOptions({ queryKey: ['rules'], queryFn: () => answer(api.GET('/v1/rules')), refetchInterval: 10_000 }),
  rulesStatus: () =>
    queryOptions({
      queryKey: ['rules', 'status'],
      queryFn: () => answer(api.GET('/v1/rules/status')),
      refetchInterval: 10_000,
    }),
  me: () =>
    queryOptions({
      queryKey: ['me'],
      queryFn: async () => {
        const me = await answer(api.GET('/v1/auth/me'))
        sendAlong(me.csrf_token)
        return me
      },
      staleTime: 60_000,
      retry: false,
    }),
} as const

const monthAgo = (): string => new Date(Date.now() - 30 * 86_400_000).toISOString()

/** Null for what is not there or not shown to this person: the page does without. */
async function absent<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return null
    throw error
  }
}

/** The counts beside the navigation: only where a person is needed. */
export function useNeeds(scope: Scope): Record<string, { text: string; tone: 'waiting' | 'broken' } | undefined> {
  const { data } = useQuery({ ...trafficQueries.attention(scope), select: ({ counts }) => counts })
  const of = (counted: Shape['Upto'] | null | undefined, tone: 'waiting' | 'broken') =>
    counted == null || counted.count === 0
      ? undefined
      : { text: `${count(counted.count)}${counted.more ? '+' : ''}`, tone }
  return {
    events: of(data?.events, 'waiting'),
    providers: of(data?.providers, 'broken'),
    'dead-letters': of(data?.dead_letters, 'broken'),
  }
}

/** Whether nobody has moved an event since it opened, or only time did; the server counts the same. */
export const isUnowned = ({ opened_at, updated_at, changed_by }: Shape['Event']): boolean =>
  opened_at === updated_at || changed_by === 'timeout'

/** Whether a provider takes nothing at present. */
export const isDown = (provider: { circuit_breaker_state?: string | null }): boolean =>
  provider.circuit_breaker_state === 'open'
