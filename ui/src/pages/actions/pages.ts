import type { InfiniteData } from '@tanstack/react-query'
import { keyOf, type Row } from '../../api/traffic.ts'

/** A page of the list, and the beginning of the window that it was asked with. */
export interface Page {
  rows: Row[]
  next_cursor: string | undefined
  fromMs: number
}
export type Pages = InfiniteData<Page, Page | null>

/**
 * A first page that was read anew, before those that are there when the two meet; else it stands alone, as nobody knows
 * what lies between.
 * @param kept so many pages of those that are there, at most
 */
export function joined(first: Page, old: Pages | undefined, kept = Infinity): Pages {
  const alone: Pages = { pages: [first], pageParams: [null] }
  const last = first.rows.at(-1)
  if (old === undefined || last === undefined) return alone
  const meets = old.pages.some(({ rows }) => rows.some((row) => keyOf(row) === keyOf(last)))
  if (!meets) return alone
  const had = new Set(first.rows.map(keyOf))
  const rest: Page[] = []
  for (const page of old.pages.slice(0, kept)) {
    // What stands before the end of the new page and is not in it, is not in the list any more.
    const rows = page.rows.filter((row) => row.at <= last.at && !had.has(keyOf(row)))
    if (rows.length > 0) rest.push({ ...page, rows })
  }
  return { pages: [first, ...rest], pageParams: [null, ...rest.map(() => first)] }
}
