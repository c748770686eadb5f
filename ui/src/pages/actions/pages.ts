import type { InfiniteData } from '@tanstack/react-query'
import { keyOf, type Row } from '../../api/traffic.ts'

/** A page of the list, and the beginning of the window that it was asked with. */
export interface Page {
  rows: Row[]
  next_cursor: string | undefined
  fromMs: number
  /** What lies between it and the page after it and was not read; `next_cursor` leads there. */
  gap?: Gap | undefined
}
/** Actions that were missed, from the one before them to the one after them. */
export interface Gap {
  sinceMs: number
  untilMs: number
  /** null: more than the server counts. */
  count: number | null
}
export type Pages = InfiniteData<Page, Page | null>

/** Whether a page reaches down to what is there. */
export const meets = ({ rows }: Page, old: Pages | undefined): boolean => {
  const last = rows.at(-1)
  return (
    last !== undefined &&
    old !== undefined &&
    old.pages.some((page) => page.rows.some((row) => keyOf(row) === keyOf(last)))
  )
}

/**
 * A first page that was read anew, before those that are there when the two meet; else it stands alone, as nobody knows
 * what lies between.
 * @param kept so many pages of those that are there, at most
 */
export function joined(first: Page, old: Pages | undefined, kept = Infinity): Pages {
  const alone: Pages = { pages: [first], pageParams: [null] }
  const last = first.rows.at(-1)
  if (old === undefined || last === undefined || !meets(first, old)) return alone
  const had = new Set(first.rows.map(keyOf))
  const all: Page[] = [first]
  for (const page of old.pages.slice(0, kept)) {
    // What stands before the end of the new page and is not in it, is not in the list any more.
    const rows = page.rows.filter((row) => row.at <= last.at && !had.has(keyOf(row)))
    const gap = page.gap !== undefined && page.gap.sinceMs < last.at ? page.gap : undefined
    if (rows.length > 0) all.push({ ...page, rows, gap })
    else if (gap !== undefined) all.push({ ...all.pop()!, next_cursor: page.next_cursor, gap })
  }
  return { pages: all, pageParams: all.map((_, index) => (index === 0 ? null : first)) }
}

/** Pages with one in which nothing is left out any more, or less. */
export const afterReading = (page: Page, more: Page[], gap: Gap | undefined): Page => ({
  ...page,
  rows: [page, ...more].flatMap(({ rows }) => rows),
  next_cursor: (more.at(-1) ?? page).next_cursor,
  gap,
})

/** What is not known between a page and the rows below it, but for how many that are; undefined: nothing. */
export function between(page: Page, below: readonly Row[]): Omit<Gap, 'count'> | undefined {
  const [last, next] = [page.rows.at(-1), below[0]]
  return last === undefined || next === undefined ? undefined : { sinceMs: next.at, untilMs: last.at }
}

/** How many of some rows stand within a gap's two ends, which are counted with it. */
export const knownWithin = ({ sinceMs, untilMs }: Omit<Gap, 'count'>, rows: readonly Row[]): number =>
  new Set(rows.filter(({ at }) => at >= sinceMs && at <= untilMs).map(keyOf)).size
