import { sha256 } from '../../lib/ids.js'
import type { EventView, HistoryEntry, List, Lookup, LookupAnswer, MovedBy, Page, Scope } from '../store.js'
import { parsed } from './json.js'
import { inScope, pageOf } from './lists.js'
import type { Step } from './step.js'

export interface EventRow {
  id: number
  namespace: string
  tenant: string
  fingerprint: string
  machine: string
  state: string
  active: 0 | 1
  action_type: string
  labels: string
  provider: string
  severity: string | null
  occurrence: number
  version: number
  opened_at: number
  updated_at: number
  last_seen_at: number
  count: number
  notified_count: number
  changed_by: string
  timeout_at: number | null
  timeout_to: string | null
  timeout_notify: number | null
  /** When a closed event is forgotten. */
  kept_until: number | null
  last_action_id: string
  /** Grows with each change, over all events. */
  changed: number
}

interface EventKey {
  namespace: string
  tenant: string
  fingerprint: string
}

const isKept = ({ now }: Step, { kept_until }: EventRow): boolean => kept_until === null || kept_until > now

const rowOf = ({ sql }: Step, { namespace, tenant, fingerprint }: EventKey): EventRow | undefined =>
  sql.get<EventRow>(
    'SELECT * FROM event WHERE fingerprint = ? AND tenant = ? AND namespace = ?',
    fingerprint,
    tenant,
    namespace,
  )

/** The event of a fingerprint; null when there is none, or it was closed and its retention is over. */
export function findEvent(step: Step, key: EventKey): EventRow | null {
  const row = rowOf(step, key)
  return row !== undefined && isKept(step, row) ? row : null
}

/** Removes an event with its history, in case there is one. */
export function removeEvent(step: Step, key: EventKey): void {
  const row = rowOf(step, key)
  if (row !== undefined) removeRows(step, row.id)
}

function removeRows({ sql }: Step, id: number): void {
  for (const statement of [
    'DELETE FROM event WHERE id = ?',
    'DELETE FROM event_terms WHERE id = ?',
    'DELETE FROM history WHERE event = ?',
  ])
    sql.run(statement, id)
}

/** Removes at most `limit` closed events whose retention is over; how many. */
export function forgetEvents(step: Step, limit: number): number {
  const over = step.sql.all<{ id: number }>('SELECT id FROM event WHERE kept_until <= ? LIMIT ?', step.now, limit)
  for (const { id } of over) removeRows(step, id)
  return over.length
}

const INDEXED_LABELS = 64
/** A long value is found by its hash. */
const indexed = (value: string): string => (value.length <= 128 ? value : `\u0000${sha256(value)}`)

const labelsOf = ({ labels }: EventRow): [string, string][] =>
  Object.entries(parsed<Record<string, string>>(labels)).slice(0, INDEXED_LABELS)

/** Lets conditions find an active event by its type and labels. */
export function indexLabels({ sql }: Step, event: EventRow): void {
  const { action_type, tenant, namespace, id } = event
  for (const [label, value] of labelsOf(event))
    sql.run(
      'INSERT OR IGNORE INTO event_label VALUES (?, ?, ?, ?, ?, ?)',
      action_type,
      tenant,
      namespace,
      indexed(value),
      label,
      id,
    )
}

export function unindexLabels({ sql }: Step, event: EventRow): void {
  const { action_type, tenant, namespace, id } = event
  for (const [label, value] of labelsOf(event))
    sql.run(
      'DELETE FROM event_label WHERE action_type = ? AND tenant = ? AND namespace = ? AND value = ? AND label = ? AND event = ?',
      action_type,
      tenant,
      namespace,
      indexed(value),
      label,
      id,
    )
}

/** Answers what conditions ask, from what is committed. */
export const lookup = (step: Step, { lookups }: { lookups: Lookup[] }): LookupAnswer[] =>
  lookups.map((one) => (one.kind === 'event_state' ? (findEvent(step, one)?.state ?? null) : hasActive(step, one)))

function hasActive(
  { sql }: Step,
  { namespace, tenant, action_type, label, value }: Extract<Lookup, { kind: 'active_event' }>,
): boolean {
  const scope = [action_type, tenant, namespace] as const
  if (label === undefined && value === undefined)
    return (
      sql.get('SELECT 1 FROM event WHERE active = 1 AND action_type = ? AND tenant = ? AND namespace = ?', ...scope) !==
      undefined
    )
  // A label without a value: the value that was asked for is missing, and nothing has it.
  if (value === undefined) return false
  const where = 'SELECT 1 FROM event_label WHERE action_type = ? AND tenant = ? AND namespace = ? AND value = ?'
  return label === undefined
    ? sql.get(`${where} LIMIT 1`, ...scope, indexed(value)) !== undefined
    : sql.get(`${where} AND label = ? LIMIT 1`, ...scope, indexed(value), label) !== undefined
}

const shown = (row: EventRow): EventView => ({
  namespace: row.namespace,
  tenant: row.tenant,
  fingerprint: row.fingerprint,
  state_machine: row.machine,
  state: row.state,
  active: row.active === 1,
  action_type: row.action_type,
  labels: parsed<Record<string, string>>(row.labels),
  provider: row.provider,
  severity: row.severity,
  occurrence: row.occurrence,
  version: row.version,
  opened_at: row.opened_at,
  updated_at: row.updated_at,
  last_seen_at: row.last_seen_at,
  count: row.count,
  notified_count: row.notified_count,
  changed_by: row.changed_by,
  next_timeout: row.timeout_at === null ? null : { at: row.timeout_at, to: row.timeout_to! },
  last_action_id: row.last_action_id,
})

/** Events of a fingerprint, the latest change first. */
export const eventsNamed = (step: Step, { fingerprint, ...scope }: Scope & { fingerprint: string }): EventView[] =>
  step.sql
    .all<EventRow>('SELECT * FROM event WHERE fingerprint = ?', fingerprint)
    .filter((row) => inScope(row, scope) && isKept(step, row))
    .sort((a, b) => b.changed - a.changed)
    .map(shown)

interface HistoryRow {
  version: number
  occurrence: number
  from: string | null
  to: string
  at: number
  by: string
}

export function history(step: Step, key: EventKey): HistoryEntry[] {
  const event = findEvent(step, key)
  if (event === null) return []
  return step.sql
    .all<HistoryRow>(
      'SELECT version, occurrence, "from", "to", at, by FROM history WHERE event = ? ORDER BY version',
      event.id,
    )
    .map((row) => ({ ...row, by: parsed<MovedBy>(row.by) }))
}

/** The latest change first. */
export const listEvents = (
  step: Step,
  list: List & { status?: string | undefined; active?: boolean },
): Page<EventView> =>
  pageOf(list, {
    first: Number.MAX_SAFE_INTEGER,
    read: (before, count) =>
      list.tenant === undefined
        ? step.sql.all<EventRow>('SELECT * FROM event WHERE changed < ? ORDER BY changed DESC LIMIT ?', before, count)
        : step.sql.all<EventRow>(
            'SELECT * FROM event WHERE tenant = ? AND changed < ? ORDER BY changed DESC LIMIT ?',
            list.tenant,
            before,
            count,
          ),
    position: ({ changed }) => changed,
    isWanted: (row) =>
      inScope(row, list) &&
      isKept(step, row) &&
      (list.status === undefined || row.state === list.status) &&
      (list.active === undefined || row.active === Number(list.active)),
    show: shown,
  })
