import { EXACT_WINDOW_LIMIT, WINDOW_BUCKETS, type WindowGate } from '../plan.js'
import { packed } from './sql.js'
import type { Step } from './step.js'

/** Slots hold the times of the last `size` admissions, the p-th at slot p mod `size`. */
const RING = 0
/** Slots count admissions by time: slot i those from i × `size` ms on. */
const BUCKETS = 1

interface WindowRow {
  id: number
  form: 0 | 1
  size: number
  passed: number
}

/** Admissions at one time, or at the latest then. */
interface Passed {
  at: number
  count: number
}

export interface WindowReading {
  gate: WindowGate
  row: WindowRow | null
  /** How many passed within the window, before this action. */
  used: number
  /** Null: it may pass. */
  retryAfterMs: number | null
}

const isExact = ({ limit }: WindowGate): boolean => limit <= EXACT_WINDOW_LIMIT
const widthOf = ({ window_ms }: WindowGate): number => window_ms / WINDOW_BUCKETS

/**
 * Says whether a window lets one more pass, now. Exact by the time of the limit-th newest admission (a sliding window
 * log, kept as a ring). Above `EXACT_WINDOW_LIMIT` by counts per 1/64 of the window, where an admission counts until its
 * whole bucket has left: that never lets more pass.
 */
export function readWindow(step: Step, gate: WindowGate): WindowReading {
  const row =
    step.sql.get<WindowRow>('SELECT id, form, size, passed FROM window WHERE key = ?', packed(gate.key)) ?? null
  if (row === null) return { gate, row, used: 0, retryAfterMs: gate.limit > 0 ? null : gate.window_ms }
  return { gate, row, ...(isExact(gate) && fits(gate, row) ? readRing(step, gate, row) : readCounts(step, gate, row)) }
}

function readRing({ sql, now }: Step, { limit, window_ms }: WindowGate, row: WindowRow) {
  const at = (position: number): number =>
    sql.get<{ value: number }>('SELECT value FROM slot WHERE window = ? AND i = ?', row.id, position % row.size)!.value
  const leavesAt = row.passed >= limit ? at(row.passed - limit) + window_ms : 0
  if (leavesAt > now) return { used: limit, retryAfterMs: leavesAt - now }
  // Times grow with position, so the first one within the window is found by halving.
  let first = row.passed - Math.min(row.passed, limit)
  let end = row.passed
  while (first < end) {
    const middle = Math.floor((first + end) / 2)
    if (at(middle) + window_ms > now) end = middle
    else first = middle + 1
  }
  return { used: row.passed - first, retryAfterMs: null }
}

function readCounts(step: Step, { limit, window_ms }: WindowGate, row: WindowRow) {
  const within = passedOf(step, row).filter(({ at }) => at + window_ms > step.now)
  const used = within.reduce((sum, { count }) => sum + count, 0)
  let left = used
  for (const { at, count } of within) {
    if (left < limit) break
    left -= count
    if (left < limit) return { used, retryAfterMs: at + window_ms - step.now }
  }
  return { used, retryAfterMs: null }
}

/** What is known to have passed, oldest first; of a bucket the latest time at which it can have been. */
function passedOf({ sql }: Step, row: WindowRow): Passed[] {
  if (row.form === BUCKETS)
    return sql
      .all<{ i: number; value: number }>('SELECT i, value FROM slot WHERE window = ? ORDER BY i', row.id)
      .map(({ i, value }) => ({ at: (i + 1) * row.size, count: value }))
  return sql
    .all<{ value: number }>('SELECT value FROM slot WHERE window = ? ORDER BY value', row.id)
    .map(({ value }) => ({ at: value, count: 1 }))
}

/** Takes a place; the reading must be of this step. */
export function passWindow(step: Step, { gate, row }: WindowReading): void {
  const shaped = row === null ? create(step, gate) : fits(gate, row) ? row : reshape(step, gate, row)
  const { sql, now } = step
  if (shaped.form === RING)
    sql.run('INSERT OR REPLACE INTO slot VALUES (?, ?, ?)', shaped.id, shaped.passed % shaped.size, now)
  else countInto(step, shaped, Math.floor(now / shaped.size), 1)
  sql.run(
    'UPDATE window SET passed = ?, free_at = ? WHERE id = ?',
    shaped.passed + 1,
    now + 2 * gate.window_ms,
    shaped.id,
  )
}

/** A ring stays larger than its limit, so that a limit that is raised again still knows what passed. */
const fits = (gate: WindowGate, { form, size }: WindowRow): boolean =>
  isExact(gate) ? form === RING && size >= gate.limit : form === BUCKETS && size === widthOf(gate)

function create({ sql, now }: Step, gate: WindowGate): WindowRow {
  const form = isExact(gate) ? RING : BUCKETS
  const size = form === RING ? gate.limit : widthOf(gate)
  const { id } = sql.get<{ id: number }>(
    'INSERT INTO window (key, form, size, passed, free_at) VALUES (?, ?, ?, 0, ?) RETURNING id',
    packed(gate.key),
    form,
    size,
    now,
  )!
  return { id, form, size, passed: 0 }
}

/** After a reload changed the limit or the window: the newest times are kept. */
function reshape(step: Step, gate: WindowGate, row: WindowRow): WindowRow {
  const { sql, now } = step
  const passed = passedOf(step, row)
  sql.run('DELETE FROM slot WHERE window = ?', row.id)
  const shaped: WindowRow = isExact(gate)
    ? { id: row.id, form: RING, size: row.form === BUCKETS ? EXACT_WINDOW_LIMIT : gate.limit, passed: 0 }
    : { id: row.id, form: BUCKETS, size: widthOf(gate), passed: row.passed }
  if (shaped.form === RING) {
    const times = passed.flatMap(({ at, count }) =>
      new Array<number>(Math.min(count, shaped.size)).fill(Math.min(at, now)),
    )
    for (const at of times.slice(-shaped.size))
      sql.run('INSERT INTO slot VALUES (?, ?, ?)', row.id, shaped.passed++ % shaped.size, at)
  } else for (const { at, count } of passed) countInto(step, shaped, Math.floor(Math.min(at, now) / shaped.size), count)
  sql.run('UPDATE window SET form = ?, size = ? WHERE id = ?', shaped.form, shaped.size, row.id)
  return shaped
}

function countInto({ sql }: Step, { id, size }: WindowRow, bucket: number, count: number): void {
  const { value } = sql.get<{ value: number }>(
    'INSERT INTO slot VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value',
    id,
    bucket,
    count,
  )!
  if (value === count && size > 0)
    sql.run('DELETE FROM slot WHERE window = ? AND i < ?', id, bucket - WINDOW_BUCKETS - 1)
}

/** Looks at `limit` windows after `from` and removes those that nobody used for two windows; where to go on, and how many. */
export function forgetWindows({ sql, now }: Step, from: number, limit: number): { next: number; removed: number } {
  const rows = sql.all<{ id: number; free_at: number }>(
    'SELECT id, free_at FROM window WHERE id > ? ORDER BY id LIMIT ?',
    from,
    limit,
  )
  const idle = rows.filter(({ free_at }) => free_at <= now)
  for (const { id } of idle) {
    sql.run('DELETE FROM slot WHERE window = ?', id)
    sql.run('DELETE FROM window WHERE id = ?', id)
  }
  return { next: rows.length < limit ? 0 : rows.at(-1)!.id, removed: idle.length }
}
