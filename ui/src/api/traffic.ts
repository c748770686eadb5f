import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { parseFilter, type Term } from '../lib/filter.ts'
import type { Listed } from '../lib/keys.ts'
import { answer, api, ApiError, type Shape } from './client.ts'
import type { Scope } from './queries.ts'

/** What became of actions, as the server tells it. Nothing is matched or counted here. */
export type Row = Shape['ActionRow']
export type Figures = Shape['Figures']
export type Counts = Shape['ChipCounts']
export type AttentionItem = Shape['Attention']['items'][number]

/** The actions, or other things, that are asked about; without `toMs`: until now. */
export interface Asked {
  scope: Scope
  q: string
  fromMs: number
  toMs: number | null
  /** What it is about, when not actions. */
  of?: Listed
  /** As the address asks it; while it is the same, a live window that moves on asks the same question. */
  name?: string
}

export const PAGE_ROWS = 100

/** What is asked about, as the parameters of a request. */
export const parameters = ({ scope, q, fromMs, toMs }: Asked) => ({
  ...scope,
  q,
  from: String(fromMs),
  ...(toMs !== null && { to: String(toMs) }),
})

/** The same where it may be about other things than actions. */
const parametersOf = (asked: Asked) => ({
  ...parameters(asked),
  ...(asked.of !== undefined && asked.of !== 'actions' && { of: asked.of }),
})

/** One page of the list, newest first. */
export async function fetchRows(
  asked: Asked,
  { limit = PAGE_ROWS, cursor }: { limit?: number; cursor?: string | undefined } = {},
  signal?: AbortSignal,
): Promise<{ rows: Row[]; next_cursor: string | undefined }> {
  const query = { ...parameters(asked), limit, cursor, total: false }
  const page = await answer(api.GET('/v1/actions', { params: { query }, ...(signal !== undefined && { signal }) }))
  return { rows: page.rows ?? [], next_cursor: page.next_cursor }
}

/** How many there are, as the server counts them; null: more than it counts. */
export async function fetchCount(asked: Asked): Promise<number | null> {
  return (await answer(api.GET('/v1/counts', { params: { query: parameters(asked) } }))).total
}

/** Key of one try of an action in lists. */
export const keyOf = ({ tenant, ns, id, at }: Row): string => `${tenant} ${ns} ${id} ${at}`

export const trafficQueries = {
  counts: (asked: Asked) =>
    queryOptions({
      queryKey: ['traffic', 'counts', asked],
      queryFn: ({ signal }) => answer(api.GET('/v1/counts', { params: { query: parametersOf(asked) }, signal })),
      placeholderData: keepPreviousData,
    }),
  figures: (asked: Asked) =>
    queryOptions({
      queryKey: ['traffic', 'figures', asked],
      queryFn: ({ signal }) =>
        answer(api.GET('/v1/figures', { params: { query: { ...parameters(asked), compare: false } }, signal })),
      placeholderData: keepPreviousData,
    }),
  /** The same with what it is compared with; the past does not change, so it is asked for once a minute. */
  compared: (asked: Asked) =>
    queryOptions({
      queryKey: ['traffic', 'compared', asked],
      queryFn: ({ signal }) => answer(api.GET('/v1/figures', { params: { query: parameters(asked) }, signal })),
      staleTime: Infinity,
      gcTime: 120_000,
      placeholderData: keepPreviousData,
    }),
  facets: (asked: Asked, key: string, begins: string) =>
    queryOptions({
      queryKey: ['traffic', 'facets', asked, key, begins],
      queryFn: ({ signal }) =>
        answer(api.GET('/v1/facets', { params: { query: { ...parametersOf(asked), key, begins } }, signal })),
      staleTime: 10_000,
      placeholderData: keepPreviousData,
    }),
  attention: (scope: Scope) =>
    queryOptions({
      queryKey: ['attention', scope],
      queryFn: () => answer(api.GET('/v1/attention', { params: { query: scope } })),
      refetchInterval: 5_000,
      placeholderData: keepPreviousData,
    }),
} as const

export interface FilterProblem {
  /** In UTF-16 units of the filter's text. */
  start: number
  end: number
  message: string
}
/** What is wrong with a filter, as the server found it. */
export const problemsOf = (error: unknown): FilterProblem[] =>
  error instanceof ApiError ? ((error.details['problems'] as FilterProblem[] | undefined) ?? []) : []

/** Whether what is shown answers this question, be it of a minute ago, and not another that was asked before. */
export function useIsSame({ name }: Asked, { isPlaceholderData }: { isPlaceholderData: boolean }): boolean {
  const answered = useRef(name)
  if (!isPlaceholderData) answered.current = name
  return answered.current === name
}

export interface FilterState {
  terms: (Term & { problem: string | undefined })[]
  counts: Counts | undefined
  /** The server has taken this very filter. */
  taken: boolean
  /** Of the whole filter: it is not run. */
  problem: string | undefined
  error: Error | null
  refetch: () => Promise<unknown>
}

/** A filter's terms with what is wrong with them, and its counts. */
export function useFilter(asked: Asked, enabled = true): FilterState {
  const query = useQuery({ ...trafficQueries.counts(asked), enabled })
  const { data, error, refetch, isPlaceholderData } = query
  const isSame = useIsSame(asked, query)
  const terms = useMemo(() => {
    const problems = problemsOf(error)
    return parseFilter(asked.q).map((term) => ({
      ...term,
      problem: problems.find(({ start, end }) => start < term.end && Math.max(end, start + 1) > term.start)?.message,
    }))
  }, [asked.q, error])
  const [first] = problemsOf(error)
  return {
    terms,
    counts: error === null && isSame ? data : undefined,
    taken: data !== undefined && !isPlaceholderData && error === null,
    problem: first === undefined ? undefined : sentence(first.message),
    error,
    refetch,
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
