import { ActeonError } from '../../lib/errors.js'
import type { Conflict, Op, Page, StoredRecord } from '../store.js'
import { parsed } from './json.js'
import type { Step } from './step.js'

interface RecordRow {
  kind: string
  name: string
  version: number
  value: string
  at: number
}

const shown = (row: RecordRow): StoredRecord => ({ ...row, value: parsed(row.value) })

const rowOf = ({ sql }: Step, kind: string, name: string): RecordRow | undefined =>
  sql.get<RecordRow>('SELECT * FROM record WHERE kind = ? AND name = ?', kind, name)

export function readRecord(step: Step, kind: string, name: string): StoredRecord | null {
  const row = rowOf(step, kind, name)
  return row === undefined ? null : shown(row)
}

export function casRecord(
  step: Step,
  { kind, name, version, value }: Op & { kind: string; name: string; version: number; value: unknown },
): StoredRecord | Conflict {
  const { sql, now } = step
  const there = rowOf(step, kind, name)
  if ((there?.version ?? 0) !== version) return { kind: 'conflict', version: there?.version ?? null }
  if (value === null) sql.run('DELETE FROM record WHERE kind = ? AND name = ?', kind, name)
  else
    sql.run('INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)', kind, name, version + 1, JSON.stringify(value), now)
  return { kind, name, version: version + 1, value, at: now }
}

const DEFAULT_LIMIT = 100
const MOST = 1_000

/** Records of a kind by name. A cursor is the last name before, in base64. */
export function listRecords(
  { sql }: Step,
  kind: string,
  page: { cursor?: string; limit?: number } = {},
): Page<StoredRecord> {
  const limit = Math.min(MOST, Math.max(1, page.limit ?? DEFAULT_LIMIT))
  const after = page.cursor === undefined ? '' : Buffer.from(page.cursor, 'base64url').toString('utf8')
  if (page.cursor !== undefined && Buffer.from(after, 'utf8').toString('base64url') !== page.cursor)
    throw new ActeonError(
      'INVALID_REQUEST',
      'The cursor is none of this list; use the next_cursor of the page before, or none.',
    )
  const rows = sql.all<RecordRow>(
    'SELECT * FROM record WHERE kind = ? AND name > ? ORDER BY name LIMIT ?',
    kind,
    after,
    limit + 1,
  )
  const items = rows.slice(0, limit).map(shown)
  return rows.length <= limit
    ? { items }
    : { items, next_cursor: Buffer.from(items.at(-1)!.name, 'utf8').toString('base64url') }
}

/**
 * Takes permits of a rate, at most a second ahead (or one permit ahead, where the rate is below one per second): the
 * generic cell rate algorithm, whose whole state is the instant up to which the rate is given away.
 */
export function takePermits(
  { sql, now }: Step,
  { name, per_second, count }: Op & { name: string; per_second: number; count: number },
): { granted: number; retry_after_ms: number } {
  const permitMs = 1_000 / per_second
  const horizon = now + Math.max(1_000, permitMs)
  const stored = sql.get<{ booked_until: number }>('SELECT booked_until FROM rate WHERE name = ?', name)
  const booked = Math.max(now, stored?.booked_until ?? 0)
  // A thousandth of a permit is forgiven to sums of fractions.
  const free = Math.max(0, Math.floor((horizon - booked) / permitMs + 0.001))
  const granted = Math.min(count, free)
  const until = booked + granted * permitMs
  if (granted > 0) sql.run('INSERT OR REPLACE INTO rate VALUES (?, ?)', name, until)
  return { granted, retry_after_ms: Math.max(0, Math.ceil(until + permitMs - horizon)) }
}

export const forgetRates = ({ sql, now }: Step, limit: number): number =>
  sql.run('DELETE FROM rate WHERE name IN (SELECT name FROM rate WHERE booked_until <= ? LIMIT ?)', now, limit)
