import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { fetchRows, keyOf, type Asked, type Row } from '../../api/traffic.ts'
import { term } from '../../lib/filter.ts'
import { useFresh } from '../../live/fresh.ts'
import { liveState } from '../../live/stream.ts'
import { useLive } from '../../live/use-live.ts'
import { joined, type Page, type Pages } from './pages.ts'

/** More in a second than the stream tells of one by one: then rows wait for a while, so that none flies by. */
const MOST_RATE = 20
const RENEW_MS = 1_000
const REREAD_MS = 2_000
/** So many pages are kept when new rows come in at the top by themselves. */
const MOST_KEPT = 10
/** So many rows without an outcome are looked at again at once. */
const MOST_REREAD = 40

export interface Rows {
  rows: Row[]
  isPending: boolean
  /** What is shown is of another filter or window; the answer is on its way. */
  isStale: boolean
  error: Error | null
  retry: () => void
  /** How many wait to be taken in; null: some, nobody knows how many. */
  waiting: number | null
  takeIn: () => Promise<unknown>
  hasMore: boolean
  loadMore: () => void
}

/**
 * The list of a filter, page by page. Once read, a page stands still: rows change in place when their outcome comes, and
 * new ones are counted until they are taken in, by hand or, while `free`, by themselves.
 * @param name of the list: filter, scope and range as they stand in the address
 * @param visible rows that are on the screen now
 */
export function useRows(asked: Asked, name: string, free: boolean, visible: () => Row[]): Rows {
  const client = useQueryClient()
  const key = useMemo(() => ['rows', name], [name])
  const latest = useRef(asked)
  latest.current = asked
  const read = useCallback(async (after: Page | null, signal?: AbortSignal): Promise<Page> => {
    const fromMs = after?.fromMs ?? latest.current.fromMs
    return { ...(await fetchRows({ ...latest.current, fromMs }, { cursor: after?.next_cursor }, signal)), fromMs }
  }, [])
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as Page | null,
    getNextPageParam: (last) => (last.next_cursor === undefined ? undefined : last),
    staleTime: Infinity,
    gcTime: 60_000,
  })
  const { mark, told } = useMark(key)
  const live = useLive(({ state }) => state !== 'off')
  const calm = useLive(({ matchPeak }) => matchPeak !== null && matchPeak <= MOST_RATE)
  const isFree = useRef(false)
  isFree.current = live && free && calm && !query.isPending

  const renew = useCallback(
    async (kept: number, wanted: () => boolean = () => true): Promise<boolean> => {
      const before = liveState()
      const first = await read(null)
      // Meanwhile somebody may have begun to look, or a flood.
      if (!wanted()) return false
      await client.cancelQueries({ queryKey: key })
      client.setQueryData<Pages>(key, (old) => joined(first, old, kept))
      mark(before)
      return true
    },
    [client, key, mark, read],
  )
  const takeIn = useCallback(() => renew(Infinity), [renew])
  // What was read before this page was opened again is as old as that.
  const { isFetchedAfterMount, isPending } = query
  useEffect(() => {
    if (!isPending && !isFetchedAfterMount) void takeIn().catch(() => undefined)
  }, [key])
  useFresh(() => renew(MOST_KEPT, () => isFree.current), RENEW_MS, isFree.current)

  const all = useMemo(() => query.data?.pages.flatMap(({ rows }) => rows) ?? [], [query.data])
  const changed = useChanged(all, key, live, visible, latest)
  const rows = useMemo(() => all.map((row) => (isOpen(row) ? (changed.get(keyOf(row)) ?? row) : row)), [all, changed])
  const known = useMemo(() => new Set(all.map(keyOf)), [all])
  const waiting = useWaiting(told, known)
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query
  return {
    rows,
    isPending,
    isStale: query.isPlaceholderData,
    error: query.error,
    retry: () => void query.refetch(),
    waiting: live ? waiting : 0,
    takeIn,
    hasMore: hasNextPage,
    loadMore: useCallback(() => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    }, [hasNextPage, isFetchingNextPage, fetchNextPage]),
  }
}

interface Mark {
  told: number
  skipped: number
  unsure: number
}

/** What the stream had said when the list was read. */
function useMark(key: readonly unknown[]) {
  const [told, setTold] = useState<Mark>(liveState)
  useEffect(() => setTold(liveState()), [key])
  return { told, mark: setTold }
}

/** How many came since; null: it is not known how many. */
function useWaiting(since: Mark, known: ReadonlySet<string>): number | null {
  const ring = useLive((state) => state.ring)
  const told = useLive((state) => state.told)
  const skipped = useLive((state) => state.skipped)
  const unsure = useLive((state) => state.unsure)
  return useMemo(() => {
    if (unsure > since.unsure) return null
    const fresh = ring.slice(0, told - since.told)
    return fresh.filter((row) => !known.has(keyOf(row))).length + (skipped - since.skipped)
  }, [ring, told, skipped, unsure, since, known])
}

/**
 * Rows that got their outcome since they were read: as the stream tells, and, because it does not tell of everything, as
 * the list itself says of those that are visible.
 */
function useChanged(
  all: Row[],
  key: readonly unknown[],
  live: boolean,
  visible: () => Row[],
  asked: { readonly current: Asked },
): ReadonlyMap<string, Row> {
  const [changed, setChanged] = useState<ReadonlyMap<string, Row>>(new Map())
  const ring = useLive((state) => state.ring)
  const open = useMemo(() => new Set(all.filter(isOpen).map(keyOf)), [all])
  const take = useCallback((rows: readonly Row[]) => {
    if (rows.length > 0) setChanged((old) => new Map([...old, ...rows.map((row) => [keyOf(row), row] as const)]))
  }, [])
  useEffect(() => setChanged(new Map()), [key])
  useEffect(() => {
    if (open.size > 0) take(ring.filter((row) => open.has(keyOf(row)) && !changed.has(keyOf(row))))
  }, [ring, open])
  const reread = useCallback(async (): Promise<void> => {
    const wanted = visible().filter(isOpen).slice(0, MOST_REREAD)
    if (wanted.length === 0) return
    const ids = term('id', [...new Set(wanted.map(({ id }) => id))]).text
    const { rows } = await fetchRows({ ...asked.current, q: ids })
    const keys = new Set(wanted.map(keyOf))
    take(rows.filter((row) => !isOpen(row) && keys.has(keyOf(row))))
  }, [visible, asked, take])
  useFresh(reread, REREAD_MS, live && open.size > 0)
  return changed
}
const isOpen = ({ outcome }: Row): boolean => outcome === 'open'
