import type { AuditRecord } from '../audit/store.js'
import { ActeonError } from '../lib/errors.js'
import type { Page as PageOf } from '../state/store.js'

export interface Page {
  limit: number
  cursor: string | undefined
}

/** Where a page ended. */
interface Place {
  /** When its last action arrived, RFC 3339; '' before the first page. */
  at: string
  /** The open one that stood last among those of that instant; null: none of them was told of yet. */
  open: string | null
  /** Of the records: '' at their beginning, null at their end. */
  records: string | null
}
const BEGINNING: Place = { at: '', open: null, records: '' }

/**
 * A page of two lists as one, newest first: what is open, and what is on record. It goes by the time of arrival alone (of
 * one instant, records come first), so that an action which gets its outcome between two pages is neither missed nor told
 * of twice.
 */
export async function mergedPage(
  { limit, cursor }: Page,
  open: readonly AuditRecord[],
  recordPage: (page: Page) => Promise<PageOf<AuditRecord>>,
): Promise<PageOf<AuditRecord>> {
  const place = cursor === undefined ? BEGINNING : placeOf(cursor)
  const read = (count: number): Promise<PageOf<AuditRecord>> =>
    recordPage({ limit: count, cursor: place.records === '' ? undefined : (place.records ?? undefined) })
  const found: PageOf<AuditRecord> = place.records === null ? { items: [] } : await read(limit)
  // What got its outcome while this was read is both; then its record counts.
  const settled = new Set(found.items.map(tryOf))
  const waiting = open.filter((entry) => isBehind(entry, place) && !settled.has(tryOf(entry))).sort(newestFirst)
  const { items, taken, opened } = merge(waiting, found, place, limit)
  const last = items.at(-1)
  const isWhole = taken === found.items.length
  if (isWhole && found.next_cursor === undefined && opened === waiting.length) return { items }
  const records = isWhole
    ? (found.next_cursor ?? null)
    : taken === 0
      ? place.records
      : ((await read(taken)).next_cursor ?? null)
  const lastOpen = opened > 0 && last === waiting[opened - 1] ? keyOf(last!) : null
  const at = last?.dispatched_at ?? place.at
  return { items, next_cursor: cursorOf({ at, open: lastOpen ?? (at === place.at ? place.open : null), records }) }
}

/** How many records were gone through, and how many open ones. Behind the last record of a page nothing is known yet. */
function merge(
  open: readonly AuditRecord[],
  { items: records, next_cursor }: PageOf<AuditRecord>,
  place: Place,
  limit: number,
): { items: AuditRecord[]; taken: number; opened: number } {
  const items: AuditRecord[] = []
  let [taken, opened] = [0, 0]
  while (items.length < limit) {
    const entry = open[opened]
    const record = records[taken]
    if (record !== undefined && wasTold(record, place)) taken++
    else if (record !== undefined && !(entry !== undefined && entry.dispatched_at > record.dispatched_at)) {
      items.push(record)
      taken++
    } else if (entry !== undefined && (record !== undefined || next_cursor === undefined)) {
      items.push(entry)
      opened++
    } else break
  }
  return { items, taken, opened }
}

/** A record of what was open on a page before. */
const wasTold = (record: AuditRecord, { at, open }: Place): boolean =>
  at !== '' && (record.dispatched_at > at || (record.dispatched_at === at && open !== null && keyOf(record) <= open))

const keyOf = ({ tenant, namespace, action_id, kind }: AuditRecord): string =>
  JSON.stringify([tenant, namespace, action_id, kind])

const tryOf = (record: AuditRecord): string => `${record.dispatched_at} ${keyOf(record)}`

const isBehind = (entry: AuditRecord, { at, open }: Place): boolean =>
  at === '' || entry.dispatched_at < at || (entry.dispatched_at === at && (open === null || keyOf(entry) > open))

function newestFirst(a: AuditRecord, b: AuditRecord): number {
  if (a.dispatched_at !== b.dispatched_at) return a.dispatched_at < b.dispatched_at ? 1 : -1
  return keyOf(a) < keyOf(b) ? -1 : 1
}

const cursorOf = ({ at, open, records }: Place): string =>
  `rows:${Buffer.from(JSON.stringify([at, open, records])).toString('base64url')}`

function placeOf(cursor: string): Place {
  try {
    const [, text] = /^rows:([\w-]+)$/.exec(cursor)!
    const [at, open, records] = JSON.parse(Buffer.from(text!, 'base64url').toString()) as unknown[]
    const isText = (value: unknown): value is string => typeof value === 'string'
    if (isText(at) && (open === null || isText(open)) && (records === null || isText(records)))
      return { at, open, records }
  } catch {
    // Told below.
  }
  throw new ActeonError('INVALID_REQUEST', 'The cursor is none that this list gave; begin again without one.')
}
