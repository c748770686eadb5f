import type { Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import { escaped } from '../../lib/postgres-text.js'
import type { AuditRecord } from '../record.js'
import { QUERY_BOUNDS, textTest } from '../searching.js'
import type { AuditFilter, AuditPage } from '../store.js'
import { recordOfRow, type Read, type RecordRow } from './rows.js'

/** How many records are fetched at once. */
const PIECE = 500
const COLUMNS = ['namespace', 'tenant', 'provider', 'carrier', 'action_type', 'outcome', 'verdict', 'matched_rule', 'caller_id', 'chain_id', 'kind'] as const // prettier-ignore

/** It has an index of its own. */
const CARRIER = 'coalesce(stand_in, provider)'

interface Place {
  at: string
  seq: string
}

const cursorAt = ({ at, seq }: Place): string => `p${BigInt(at).toString(36)}-${BigInt(seq).toString(36)}`

function placeOf(cursor: string): Place {
  const form = /^p(-?[0-9a-z]{1,11})-([0-9a-z]{1,11})$/.exec(cursor)
  const [at, seq] = [Number.parseInt(form?.[1] ?? '', 36), Number.parseInt(form?.[2] ?? '', 36)]
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(seq))
    throw new ActeonError(
      'INVALID_REQUEST',
      `"${cursor.slice(0, 40)}" is not a cursor of this list; use the next_cursor of the page before, or none.`,
    )
  return { at: String(at), seq: String(seq) }
}

/** Records by filters, newest first, by pieces of an index that is in the order of time. */
export function querying(read: Read, clock: Clock) {
  return async function query(filter: AuditFilter): Promise<AuditPage> {
    const limit = Math.min(QUERY_BOUNDS.limit, Math.max(1, filter.limit ?? 50))
    const offset = Math.max(0, filter.offset ?? 0)
    if (offset > QUERY_BOUNDS.offset)
      throw new ActeonError(
        'INVALID_REQUEST',
        `offset is ${offset}; at most ${QUERY_BOUNDS.offset} records are skipped. Go on with the cursor of the page before instead.`,
      )
    const start = filter.cursor === undefined ? null : placeOf(filter.cursor)
    const text = filter.text === undefined || filter.text === '' ? null : textTest(filter.text)
    if (text === null) {
      const rows = await piece(read, filter, start, limit + 1, offset)
      const total = await countOf(read, filter)
      const shown = rows.slice(0, limit)
      return {
        records: shown.map(recordOfRow),
        total,
        ...(rows.length > limit && { next_cursor: cursorAt(shown.at(-1)!) }),
      }
    }
    return search(read, clock, filter, { text, limit, offset, start })
  }
}

async function search(
  read: Read,
  clock: Clock,
  filter: AuditFilter,
  {
    text,
    limit,
    offset,
    start,
  }: { text: (json: string) => boolean; limit: number; offset: number; start: Place | null },
): Promise<AuditPage> {
  const begun = clock.monotonic()
  const records: AuditRecord[] = []
  let [skipped, found, examined] = [0, 0, 0]
  let cursor: Place | null = null
  let at = start
  for (;;) {
    const rows = await piece(read, filter, at, PIECE, 0)
    for (const row of rows) {
      const record = recordOfRow(row)
      if (text(JSON.stringify(record))) {
        found++
        if (records.length === limit) cursor ??= at
        else if (skipped < offset) skipped++
        else records.push(record)
      }
      at = row
    }
    examined += rows.length
    if (rows.length < PIECE) break
    const isLate = examined >= QUERY_BOUNDS.records || clock.monotonic() - begun >= QUERY_BOUNDS.ms
    if (!isLate && !(cursor !== null && found > QUERY_BOUNDS.total)) continue
    return {
      records,
      total: null,
      next_cursor: cursorAt(cursor ?? at!),
      ...(cursor === null && { scanned_to: new Date(Number(at!.at)).toISOString() }),
    }
  }
  // With a cursor, what lies before it was not looked at here.
  const total = start === null ? (found > QUERY_BOUNDS.total ? null : found) : null
  return { records, total, ...(cursor !== null && { next_cursor: cursorAt(cursor) }) }
}

/** The column has no Infinity. */
const placeIn = (ms: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(ms)))

function conditionsOf(filter: AuditFilter, values: unknown[]): string[] {
  const equal = COLUMNS.filter((name) => filter[name] !== undefined).map(
    (name) => `${name === 'carrier' ? CARRIER : name} = $${values.push(escaped(filter[name]!))}`,
  )
  const { from = -Infinity, to = Infinity } = filter
  if (from > -Infinity) equal.push(`at >= $${values.push(placeIn(from))}`)
  if (to < Infinity) equal.push(`at < $${values.push(placeIn(to))}`)
  return equal
}

function piece(
  read: Read,
  filter: AuditFilter,
  after: Place | null,
  count: number,
  offset: number,
): Promise<RecordRow[]> {
  const values: unknown[] = [count, offset]
  const conditions = conditionsOf(filter, values)
  if (after !== null) conditions.push(`(at, seq) < ($${values.push(after.at)}, $${values.push(after.seq)})`)
  return read<RecordRow>(
    `SELECT * FROM acteon.audit_record ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ORDER BY at DESC, seq DESC LIMIT $1 OFFSET $2`,
    values,
  )
}

/** Exact up to 10,000, else null. */
async function countOf(read: Read, filter: AuditFilter): Promise<number | null> {
  const values: unknown[] = [QUERY_BOUNDS.total + 1]
  const conditions = conditionsOf(filter, values)
  const [row] = await read<{ n: string }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM acteon.audit_record
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} LIMIT $1) AS found`,
    values,
  )
  const n = Number(row!.n)
  return n > QUERY_BOUNDS.total ? null : n
}
