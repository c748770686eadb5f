import type { AuditEntry } from '../../audit/record.js'
import type { TraceAttempt } from '../../audit/trace.js'
import type { Plan } from '../plan.js'
import type {
  CompleteRequest,
  Conflict,
  DeadLetter,
  DeadLetterFilter,
  DispatchContext,
  List,
  Op,
  Origin,
  Page,
} from '../store.js'
import { entryOf, keyOfRow } from './entries.js'
import { parsed } from './json.js'
import { inScope, pageOf } from './lists.js'
import { putOnRecord } from './recording.js'
import type { Duplicates } from './reservations.js'
import { nextSeq, type Step } from './step.js'
import { planOf, type WorkRow } from './work.js'

export interface DeadLetterRow {
  pos: number
  id: string
  entry: number
  namespace: string
  tenant: string
  provider: string
  action_type: string
  code: string
  error: string
  created_at: number
  version: number
  try: number
  fence: number
  lane: string | null
  superseded: 0 | 1
  count: number
  last: string
  attempts: string
  context: string
  origin: string
  plan: string
}

/** Keeps what failed for good, whole, in the step that settles it. */
export function insertDeadLetter(
  step: Step,
  { id, code, error, attempts }: NonNullable<CompleteRequest['dead_letter']>,
  work: WorkRow,
  duplicates: Duplicates,
): void {
  const plan = planOf(step, work)
  step.sql.run(
    'INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    nextSeq(step),
    id,
    work.entry,
    work.namespace,
    work.tenant,
    plan.action.provider,
    plan.action.action_type,
    code,
    error,
    step.now,
    work.try,
    work.fence,
    work.lane,
    work.overtaken,
    duplicates.count,
    JSON.stringify(duplicates.last),
    JSON.stringify(attempts),
    work.context,
    work.origin,
    JSON.stringify(plan),
  )
  step.tally.add('dead_letters', work.tenant, 1)
}

export const deadLetterRow = ({ sql }: Step, id: string): DeadLetterRow | undefined =>
  sql.get<DeadLetterRow>('SELECT * FROM dead_letter WHERE id = ?', id)

export function removeDeadLetter({ sql, tally }: Step, { pos, tenant }: Pick<DeadLetterRow, 'pos' | 'tenant'>): void {
  sql.run('DELETE FROM dead_letter WHERE pos = ?', pos)
  tally.add('dead_letters', tenant, -1)
}

/** A new try of an entry takes the place of the dead letter that the one before left. */
export function removeDeadLetterOf(step: Step, entry: number): void {
  for (const row of step.sql.all<DeadLetterRow>('SELECT pos, tenant FROM dead_letter WHERE entry = ?', entry))
    removeDeadLetter(step, row)
}

export function deadLetter(step: Step, id: string): DeadLetter | null {
  const row = deadLetterRow(step, id)
  return row === undefined ? null : shown(step, row)
}

function shown(step: Step, row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    key: keyOfRow(entryOf(step, row.entry)),
    try: row.try,
    fence: row.fence,
    version: row.version,
    code: row.code,
    error: row.error,
    attempts: parsed<TraceAttempt[]>(row.attempts),
    created_at: row.created_at,
    plan: parsed<Plan>(row.plan),
    origin: parsed<Origin>(row.origin),
    context: parsed<DispatchContext>(row.context),
    lane: row.lane,
    duplicates: { count: row.count, last: parsed<string[]>(row.last) },
  }
}

type Facts = Pick<
  DeadLetterRow,
  'pos' | 'id' | 'namespace' | 'tenant' | 'provider' | 'action_type' | 'code' | 'created_at'
>

/** Newest first. */
export function deadLetters(step: Step, list: List & DeadLetterFilter): Page<DeadLetter> {
  const facts = 'SELECT pos, id, namespace, tenant, provider, action_type, code, created_at FROM dead_letter'
  const { tenant, from, to } = list
  return pageOf(list, {
    first: Number.MAX_SAFE_INTEGER,
    read: (before, count) =>
      tenant === undefined
        ? step.sql.all<Facts>(`${facts} WHERE pos < ? ORDER BY pos DESC LIMIT ?`, before, count)
        : step.sql.all<Facts>(`${facts} WHERE tenant = ? AND pos < ? ORDER BY pos DESC LIMIT ?`, tenant, before, count),
    position: ({ pos }) => pos,
    isWanted: (row) =>
      inScope(row, list) &&
      (['provider', 'action_type', 'code'] as const).every(
        (name) => list[name] === undefined || row[name] === list[name],
      ) &&
      (from === undefined || row.created_at >= from) &&
      (to === undefined || row.created_at < to),
    show: ({ id }) => shown(step, deadLetterRow(step, id)!),
  })
}

const conflict = (row: DeadLetterRow | undefined): Conflict => ({ kind: 'conflict', version: row?.version ?? null })

export function editDeadLetter(
  step: Step,
  { id, version, plan, audit }: Op & { id: string; version: number; plan: Plan; audit: AuditEntry },
): DeadLetter | Conflict {
  const row = deadLetterRow(step, id)
  if (row?.version !== version) return conflict(row)
  const { provider, action_type } = plan.action
  step.sql.run(
    'UPDATE dead_letter SET version = version + 1, plan = ?, provider = ?, action_type = ? WHERE pos = ?',
    JSON.stringify(plan),
    provider,
    action_type,
    row.pos,
  )
  putOnRecord(step, audit)
  return deadLetter(step, id)!
}

export function discardDeadLetter(
  step: Step,
  { id, version, audit }: Op & { id: string; version: number; audit: AuditEntry },
): { kind: 'done' } | Conflict {
  const row = deadLetterRow(step, id)
  if (row?.version !== version) return conflict(row)
  removeDeadLetter(step, row)
  putOnRecord(step, audit)
  return { kind: 'done' }
}
