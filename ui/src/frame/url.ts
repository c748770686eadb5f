import { useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import type { Listed } from '../lib/keys.ts'
import { rangeOf, type Range } from '../lib/range.ts'
import { pageAt } from '../pages.tsx'
import type { Scope } from '../api/queries.ts'
import type { Asked } from '../api/traffic.ts'

/** Everything that a link carries: scope and page in the path, filter, time and what is open in the query. */
export interface Place {
  scope: Scope
  /** `overview`, `actions`, … */
  page: string
  /** What follows the page in the path: a rule's or provider's name. */
  item: string | undefined
  search: Record<string, string>
}

export function placeOf(pathname: string, search: Record<string, string>): Place {
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const scope: Scope = {}
  if (parts[0] === 't' && parts[1] !== undefined) {
    if (parts[1] !== '-') scope.tenant = parts[1]
    if (parts[2] !== undefined && parts[2] !== '-') scope.namespace = parts[2]
    parts.splice(0, 3)
  }
  return { scope, page: parts[0] ?? 'overview', item: parts[1], search }
}

/** Where a thing is, as far as the scope leaves it open: `acme / payments`, `payments`, or nothing. */
export const placeWithin = ({ tenant, namespace }: { tenant: string; namespace: string }, scope: Scope): string =>
  [scope.tenant === undefined ? tenant : '', scope.namespace === undefined ? namespace : '']
    .filter((part) => part !== '')
    .join(' / ')

/** @returns the address of a place; parameters that are undefined or empty are left out */
export function hrefOf(
  { scope, page, item }: { scope: Scope; page: string; item?: string | undefined },
  search: Record<string, string | undefined> = {},
): string {
  const { tenant, namespace } = scope
  const prefix =
    tenant === undefined && namespace === undefined
      ? ''
      : `/t/${encodeURIComponent(tenant ?? '-')}/${encodeURIComponent(namespace ?? '-')}`
  const path = `${prefix}/${page === 'overview' ? '' : page}${item === undefined ? '' : `/${encodeURIComponent(item)}`}`
  const query = new URLSearchParams(
    Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
  return `${path === '' ? '/' : path}${query.size > 0 ? `?${query}` : ''}`
}

/** The present place, and ways to another. */
export function usePlace() {
  const router = useRouter()
  const location = useRouterState({ select: ({ location }) => location })
  return useMemo(() => {
    const place = placeOf(location.pathname, location.search as Record<string, string>)
    const go = (href: string, replace = false): void =>
      replace ? router.history.replace(href) : router.history.push(href)
    /** The address of another page with filter and time carried over, and what else is asked for. */
    const to = (page: string, change: Record<string, string | undefined> = {}, item?: string): string => {
      const { q, from, to: until, live } = place.search
      return hrefOf({ scope: place.scope, page, item }, { q, from, to: until, live, ...change })
    }
    /** Changes parameters of this page. */
    const change = (parameters: Record<string, string | undefined>, replace = false): void =>
      go(hrefOf(place, { ...place.search, ...parameters }), replace)
    const here = (parameters: Record<string, string | undefined>): string =>
      hrefOf(place, { ...place.search, ...parameters })
    return { ...place, go, to, change, here }
  }, [location, router])
}

/** The time range of the URL, else the usual one of the page; a live one moves on once in `stepMs`. */
export function useRange(stepMs = 5_000): Range {
  const { search, page } = usePlace()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMs)
    return () => clearInterval(timer)
  }, [stepMs])
  return useMemo(() => rangeOf(search['from'] ?? pageAt(page)?.window, search['to'], now), [search, page, now])
}

/**
 * The window that is asked of the server. A live one begins at a whole minute, and what ends now has no end, so that all
 * parts of a page share one answer, which is renewed rather than asked anew each second.
 */
export function useWindow(): { fromMs: number; toMs: number | null; range: Range } {
  const range = useRange()
  return useMemo(
    () => ({
      fromMs: range.live ? Math.floor(range.fromMs / 60_000) * 60_000 : range.fromMs,
      toMs: range.endsNow ? null : range.toMs,
      range,
    }),
    [range],
  )
}

/** What the address asks about: which things, scope, filter, window. */
export function useAskedFor(): Asked & { name: string; of: Listed } {
  const { scope, search, page } = usePlace()
  const { fromMs, toMs } = useWindow()
  const { tenant, namespace } = scope
  const { q = '', from, to } = search
  const of = pageAt(page)?.lists ?? 'actions'
  return useMemo(
    () => ({
      ...{ scope: { tenant, namespace }, q, fromMs, toMs, of },
      name: JSON.stringify([of, tenant, namespace, q, from, to]),
    }),
    [tenant, namespace, q, from, to, fromMs, toMs, of],
  )
}
