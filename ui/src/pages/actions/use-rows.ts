import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { fetchCount, fetchRows, keyOf, type Asked, type Row } from '../../api/traffic.ts'
import { term } from '../../lib/filter.ts'
import { useFresh } from '../../live/fresh.ts'
import { liveState } from '../../live/stream.ts'
import { useLive } from '../../live/use-live.ts'
import { afterReading, between, joined, knownWithin, type Gap, type Page, type Pages } from './pages.ts'

/** More in a second than the stream tells of one by one: then rows wait for a while, so that none flies by. */
const MOST_RATE = 20
const RENEW_MS = 1_000
const REREAD_MS = 2_000
/** So many pages are kept when new rows come in at the top by themselves. */
const MOST_KEPT = 10
/** Fewer than so many that were missed are read at once; of more so many when they are asked for. */
const MOST_BRIDGED = 500
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
  /** What was missed while the stream was lost, by the key of the row that it stands below. */
  gaps: ReadonlyMap<string, Gap>
  /** Reads on below that row. */
  fill: (below: string) => Promise<void>
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
  const marked = useRef(told)
  marked.current = told
  const live = useLive(({ state }) => state !== 'off')
  const calm = useLive(({ matchPeak }) => matchPeak !== null && matchPeak <= MOST_RATE)
  const isFree = useRef(false)
  isFree.current = live && free && calm && !query.isPending

  const renew = useCallback(
    async (kept: number, wanted: () => boolean = () => true): Promise<boolean> => {
      const before = liveState()
      const lost = before.losses > marked.current.losses
      const there = client.getQueryData<Pages>(key)
      const page = await read(null)
      const first = lost && there !== undefined ? await bridged(latest.current, page, there.pages, read) : page
      // Meanwhile somebody may have begun to look, or a flood.
      if (!wanted()) return false
      await client.cancelQueries({ queryKey: key })
      client.setQueryData<Pages>(key, (old) =>
        first.gap === undefined || old === undefined
          ? joined(first, old, kept)
          : {
              pages: [first, ...old.pages.slice(0, kept)],
              pageParams: [null, ...old.pageParams.slice(0, kept).map(() => first)],
            },
      )
      mark(before)
      return true
    },
    [client, key, mark, read],
  )
  const fill = useCallback(
    async (below: string): Promise<void> => {
      const there = client.getQueryData<Pages>(key)?.pages ?? []
      const at = there.findIndex(({ rows, gap }) => gap !== undefined && keyOf(rows.at(-1)!) === below)
      const page = there[at]
      if (page === undefined) return
      const filled = await bridged(latest.current, page, there.slice(at + 1), read, true)
      client.setQueryData<Pages>(
        key,
        (old) => old && { ...old, pages: old.pages.map((one) => (one === page ? filled : one)) },
      )
    },
    [client, key, read],
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
  const gaps = useMemo(
    () =>
      new Map(
        query.data?.pages.flatMap(({ rows: own, gap }) =>
          gap === undefined ? [] : [[keyOf(own.at(-1)!), gap] as const],
        ),
      ),
    [query.data],
  )
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
    gaps,
    fill,
    hasMore: hasNextPage,
    loadMore: useCallback(() => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    }, [hasNextPage, isFetchingNextPage, fetchNextPage]),
  }
}

/**
 * A page with what lies between it and those below it: all of that where it is little, else how many they are. The server
 * counts them, the two ends included; what is known of these is taken off.
 * @param anyway reads a part of many, too
 */
async function bridged(
  asked: Asked,
  page: Page,
  below: readonly Page[],
  read: (after: Page) => Promise<Page>,
  anyway = false,
): Promise<Page> {
  const under = below.flatMap(({ rows }) => rows)
  const known = new Set(under.map(keyOf))
  const reaches = ({ rows }: Page): boolean => rows.some((row) => known.has(keyOf(row)))
  const left = async (above: Page): Promise<Gap | undefined> => {
    const ends = between(above, under)
    if (ends === undefined) return undefined
    const total = await fetchCount({ ...asked, fromMs: ends.sinceMs, toMs: ends.untilMs + 1 })
    return { ...ends, count: total === null ? null : total - knownWithin(ends, [...above.rows, ...under]) }
  }
  if (reaches(page)) return page
  const gap = await left(page)
  const few = gap?.count != null && gap.count < MOST_BRIDGED
  if (gap === undefined || !(few || anyway)) return { ...page, gap }
  const more: Page[] = []
  for (let rows = 0, last = page; rows < MOST_BRIDGED && last.next_cursor !== undefined; rows += last.rows.length) {
    last = await read(last)
    more.push(last)
    if (!reaches(last)) continue
    const whole = afterReading(page, more, undefined)
    return { ...whole, rows: whole.rows.filter((row) => !known.has(keyOf(row)) || !anyway) }
  }
  const read_ = afterReading(page, more, undefined)
  return { ...read_, gap: await left(read_) }
}

interface Mark {
  losses: number
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
