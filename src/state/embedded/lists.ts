import { ActeonError } from '../../lib/errors.js'
import type { List, Page } from '../store.js'

const DEFAULT_LIMIT = 100
const MOST = 1_000
/** Rows that one page looks at, so that a filter that finds little cannot hold the process up. */
const MOST_EXAMINED = 5_000

const limitOf = ({ limit }: Pick<List, 'limit'>): number => Math.min(MOST, Math.max(1, limit ?? DEFAULT_LIMIT))

/** A position that a list goes on from; null: from its beginning. @throws ActeonError INVALID_REQUEST */
function positionOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const position = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : NaN
  if (!Number.isSafeInteger(position))
    throw new ActeonError(
      'INVALID_REQUEST',
      `"${cursor.slice(0, 40)}" is not a cursor of this list; use the next_cursor of the page before, or none.`,
    )
  return position
}

const cursorAt = (position: number): string => position.toString(36)

/**
 * One page of rows that lie in order of a position. Rows are read in pieces until the page is full, or as many were
 * looked at as one page may: then it ends early, and its cursor goes on from there.
 */
export function pageOf<Row, Item>(
  { cursor, limit }: Pick<List, 'cursor' | 'limit'>,
  rows: {
    /** Where the list begins; positions lie after it. */
    first: number
    read: (after: number, count: number) => Row[]
    position: (row: Row) => number
    isWanted: (row: Row) => boolean
    show: (row: Row) => Item
  },
): Page<Item> {
  const most = limitOf({ limit })
  const items: Item[] = []
  let after = positionOf(cursor) ?? rows.first
  for (let examined = 0; examined < MOST_EXAMINED;) {
    const count = Math.min(Math.max(100, most + 1), MOST_EXAMINED - examined)
    const read = rows.read(after, count)
    for (const row of read) {
      if (rows.isWanted(row)) {
        if (items.length === most) return { items, next_cursor: cursorAt(after) }
        items.push(rows.show(row))
      }
      after = rows.position(row)
    }
    examined += read.length
    if (read.length < count) return { items }
  }
  return { items, next_cursor: cursorAt(after) }
}

export const inScope = (
  row: { namespace: string; tenant: string },
  { namespace, tenant }: { namespace?: string | undefined; tenant?: string | undefined },
): boolean =>
  (namespace === undefined || row.namespace === namespace) && (tenant === undefined || row.tenant === tenant)
