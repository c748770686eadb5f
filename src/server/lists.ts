import { ActeonError } from '../lib/errors.js'
import { isInstant } from '../lib/validate.js'
import type { Page } from '../state/store.js'

/** Milliseconds of a time in a query: RFC 3339, or milliseconds since 1970. @throws ActeonError INVALID_REQUEST */
export function momentOf(name: string, text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text === '') return undefined
  if (/^\d{1,16}$/.test(text)) return Number(text)
  if (isInstant(text)) return Date.parse(text)
  throw new ActeonError(
    'INVALID_REQUEST',
    `The query is not what this route expects: ${name}: expected a time of RFC 3339 such as "2026-01-31T09:30:00Z", or milliseconds, found ${JSON.stringify(text.slice(0, 60))}.`,
  )
}

export const iso = (ms: number): string => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

const PAGE = 1_000
/** Even a whole list ends somewhere; `next_cursor` then says that there is more. */
const MOST = 100_000

/** One page when a limit or cursor was asked for, else the whole list: existing clients do not page. */
export async function listed<T>(
  { limit, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  page: (page: { limit: number; cursor: string | undefined }) => Promise<Page<T>>,
): Promise<Page<T>> {
  if (limit !== undefined || cursor !== undefined) return page({ limit: limit ?? PAGE, cursor })
  const items: T[] = []
  let next: string | undefined
  do {
    const part = await page({ limit: PAGE, cursor: next })
    items.push(...part.items)
    next = part.next_cursor
  } while (next !== undefined && items.length < MOST)
  return { items, ...(next !== undefined && { next_cursor: next }) }
}

/** At most `width` at the same time, answers in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = new Array<R>(items.length)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) answers[i] = await work(items[i]!)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return answers
}
