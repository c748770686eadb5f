import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import { recordOfJson } from '../record.js'
import { QUERY_BOUNDS, textTest } from '../searching.js'
import type { AuditFilter, AuditPage } from '../store.js'
import { scanner, type Range, type Scan } from './scan.js'
import { AT_BITS } from './tables.js'

export const DEFAULT_LIMIT = 50

/** How many records are looked at before the event loop has its turn: by index alone, and with their texts. */
const PIECE = { places: 2_000, texts: 250 }

interface Budget {
  records: number
  /** On the monotonic clock. */
  until: number
}

/** The place of the first record of a millisecond. */
export const placeOf = (ms: number): bigint => BigInt(Math.min(Math.max(Math.ceil(ms), 0), 2 ** 42 - 1)) << AT_BITS

export function querying(db: DatabaseSyncInstance, clock: Clock) {
  const scan = scanner(db)
  const fetch = db.prepare('SELECT record FROM audit_record WHERE place = ?')
  const textAt = (place: bigint): string | undefined => (fetch.get(place) as { record: string } | undefined)?.record

  return async function query(filter: AuditFilter): Promise<AuditPage> {
    const limit = Math.min(
      Math.max(Math.trunc(numberOf('limit', filter.limit) ?? DEFAULT_LIMIT), 1),
      QUERY_BOUNDS.limit,
    )
    const offset = filter.cursor === undefined ? offsetOf(filter.offset) : 0
    const range: Range = {
      from: placeOf(numberOf('from', filter.from) ?? 0),
      before: placeOf(numberOf('to', filter.to) ?? Infinity),
    }
    const start = filter.cursor === undefined ? range.before : earlier(range.before, placeOfCursor(filter.cursor))
    const { matched_rule, chain_id, text } = filter
    const series = scan.matching({ ...filter, rule: matched_rule })
    const holds = text === undefined || text === '' ? null : textTest(text)
    const matches = holds === null ? null : (place: bigint): boolean => holds(textAt(place) ?? '')
    const budget: Budget = { records: QUERY_BOUNDS.records, until: clock.monotonic() + QUERY_BOUNDS.ms }

    const open = (before: bigint): Scan => scan.open(series, chain_id, { from: range.from, before })
    const page = await collect(open(start), { offset, limit, matches, budget })
    const total =
      page.ended && filter.cursor === undefined
        ? page.seen
        : ((matches === null && chain_id === undefined ? scan.count(series, range, QUERY_BOUNDS.total + 1) : null) ??
          (await countBy(open(range.before), matches, budget)))

    // Removed meanwhile: what is left of the page is still right.
    const records = page.places.flatMap((place) => {
      const json = textAt(place)
      return json === undefined ? [] : [recordOfJson(json)]
    })
    return {
      records,
      total: total !== null && total <= QUERY_BOUNDS.total ? total : null,
      ...(page.next !== null && { next_cursor: cursorOf(page.next) }),
      ...(page.scannedTo !== null && { scanned_to: new Date(Number(page.scannedTo >> AT_BITS)).toISOString() }),
    }
  }

  /** Goes on until the page is full and one more is known, the end is reached, or the budget is used up. */
  async function collect(
    scan: Scan,
    given: { offset: number; limit: number; matches: ((place: bigint) => boolean) | null; budget: Budget },
  ): Promise<{ places: bigint[]; next: bigint | null; scannedTo: bigint | null; seen: number; ended: boolean }> {
    const { offset, limit, matches, budget } = given
    const places: bigint[] = []
    let seen = 0
    for (;;) {
      const wanted = matches === null ? Math.max(1, offset + limit + 1 - seen) : PIECE.texts
      const piece = scan(Math.min(wanted, PIECE.places, budget.records))
      budget.records -= piece.examined
      for (const place of piece.found) {
        if (matches !== null && !matches(place)) continue
        if (places.length === limit) return { places, next: places.at(-1)!, scannedTo: null, seen, ended: false }
        if (++seen > offset) places.push(place)
      }
      if (piece.before === null) return { places, next: null, scannedTo: null, seen, ended: true }
      if (budget.records <= 0 || clock.monotonic() >= budget.until)
        return { places, next: piece.before, scannedTo: piece.before, seen, ended: false }
      await turn()
    }
  }

  /** Counts what matches, up to one more than is told; null when the budget was used up before. */
  async function countBy(
    scan: Scan,
    matches: ((place: bigint) => boolean) | null,
    budget: Budget,
  ): Promise<number | null> {
    let count = 0
    while (budget.records > 0 && clock.monotonic() < budget.until) {
      const piece = scan(Math.min(matches === null ? PIECE.places : PIECE.texts, budget.records))
      budget.records -= piece.examined
      count += matches === null ? piece.found.length : piece.found.filter(matches).length
      if (piece.before === null || count > QUERY_BOUNDS.total) return count
      await turn()
    }
    return null
  }
}

function numberOf(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && Number.isNaN(value))
    throw new ActeonError('INVALID_REQUEST', `"${name}" is not a number.`, { parameter: name })
  return value
}

function offsetOf(given: number | undefined): number {
  const offset = numberOf('offset', given) ?? 0
  if (offset > QUERY_BOUNDS.offset)
    throw new ActeonError(
      'INVALID_REQUEST',
      `"offset" is ${offset}; the most is ${QUERY_BOUNDS.offset}. Go on from the last page with "cursor": its next_cursor.`,
      { parameter: 'offset', use: 'cursor' },
    )
  return Math.max(0, Math.trunc(offset))
}

const earlier = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const CURSOR = /^a1([0-9a-f]{16})$/
const cursorOf = (place: bigint): string => `a1${place.toString(16).padStart(16, '0')}`
function placeOfCursor(cursor: string): bigint {
  const place = CURSOR.exec(cursor)?.[1]
  if (place === undefined || place > '7fffffffffffffff')
    throw new ActeonError(
      'INVALID_REQUEST',
      `The cursor is none that this server gave: pass "next_cursor" of the page before, unchanged.`,
      { parameter: 'cursor' },
    )
  return BigInt(`0x${place}`)
}
