import type { TraceAttempt, TraceGate } from '../../audit/trace.js'
import type { Outcome } from '../../action/outcome.js'
import type { Plan } from '../plan.js'
import type { Action, Admission, DispatchContext, Origin } from '../store.js'
import { entryOf, keyOfRow, saveEntry, sentText, type EntryRow } from './entries.js'
import { parsed } from './json.js'
import { nextSeq, type Step } from './step.js'
import type { Counted } from './tally.js'

export const RUNNING = 0
export const QUEUED = 1
export const PARKED = 2
export const SCHEDULED = 3
export type WorkStatus = 0 | 1 | 2 | 3
const COUNTED: Record<WorkStatus, Counted> = { 0: 'running', 1: 'queued', 2: 'parked', 3: 'scheduled' }
export const STATUS_WORDS = ['running', 'queued', 'parked', 'scheduled'] as const

/** Open work: what an entry needs to go on. Its place grows with time: older work has a lower one. */
export interface WorkRow {
  pos: number
  entry: number
  status: WorkStatus
  owner: number | null
  fence: number
  due_at: number | null
  lane: string | null
  /** 1 once a later action has entered its lane. */
  overtaken: 0 | 1
  namespace: string
  tenant: string
  try: number
  dispatched_at: number
  takeovers: number
  idempotency_key: string
  /** JSON of `Hold[]`, or null: the reservations that go when it fails. */
  holds: string | null
  /** JSON of what repeats of the id are answered meanwhile. */
  answer: string | null
  gates: string
  attempts: string
  context: string
  origin: string
  /** Without its action when that is the action as it was sent. */
  plan: string
}

/** A reservation's key and whether a failure keeps it. */
export type Hold = [key: string, keep: boolean]

export interface NewWork {
  status: WorkStatus
  owner: number | null
  fence: number
  due_at?: number
  lane?: string | null
  idempotency_key: string
  takeovers?: number
  holds?: Hold[]
  gates?: TraceGate[]
  context: DispatchContext
  origin: Origin
  plan: Plan
  /** The entry keeps `plan.action` as the action that was sent. */
  sentAsPlanned?: boolean
}

const planText = ({ action, ...rest }: Plan, withoutAction: boolean | undefined): string =>
  JSON.stringify(withoutAction === true ? rest : { action, ...rest })

/** Enters open work of an entry, and writes the entry. */
export function insertWork(step: Step, entry: EntryRow, work: NewWork): void {
  const pos = nextSeq(step)
  const plan = planText(work.plan, work.sentAsPlanned)
  const { namespace, tenant } = entry
  step.sql.run(
    `INSERT INTO work (pos, entry, status, owner, fence, due_at, lane, namespace, tenant, try, dispatched_at, takeovers,
      idempotency_key, holds, gates, attempts, context, origin, plan)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, ?)`,
    pos,
    entry.seq,
    work.status,
    work.owner,
    work.fence,
    work.due_at ?? null,
    work.lane ?? null,
    namespace,
    tenant,
    entry.try,
    entry.dispatched_at,
    work.takeovers ?? 0,
    work.idempotency_key,
    work.holds === undefined || work.holds.length === 0 ? null : JSON.stringify(work.holds),
    JSON.stringify(work.gates ?? []),
    JSON.stringify(work.context),
    JSON.stringify(work.origin),
    plan,
  )
  entry.work = pos
  entry.fence = work.fence
  saveEntry(step, entry)
  step.tally.add(COUNTED[work.status], tenant, 1)
  step.weigh(plan.length)
}

export function removeWork(
  { sql, tally }: Step,
  { pos, status, tenant }: Pick<WorkRow, 'pos' | 'status' | 'tenant'>,
): void {
  sql.run('DELETE FROM work WHERE pos = ?', pos)
  tally.add(COUNTED[status], tenant, -1)
}

export function setStatus({ tally }: Step, tenant: string, from: WorkStatus, to: WorkStatus): void {
  tally.add(COUNTED[from], tenant, -1)
  tally.add(COUNTED[to], tenant, 1)
}

export const workAt = ({ sql }: Step, pos: number): WorkRow =>
  sql.get<WorkRow>('SELECT * FROM work WHERE pos = ?', pos)!

/** Makes waiting or abandoned work the owner's own, under a higher fence. */
export function take(step: Step, work: WorkRow, owner: number): Admission {
  const taken: WorkRow = { ...work, status: RUNNING, owner, fence: work.fence + 1, due_at: null }
  step.sql.run(
    'UPDATE work SET status = 0, owner = ?, fence = ?, due_at = NULL, takeovers = ? WHERE pos = ?',
    owner,
    taken.fence,
    taken.takeovers,
    taken.pos,
  )
  if (work.status !== RUNNING) setStatus(step, work.tenant, work.status, RUNNING)
  return admissionOf(step, taken)
}

/** What the owner of running work gets. */
export function admissionOf(step: Step, work: WorkRow): Admission {
  step.weigh(work.plan.length + work.origin.length)
  return {
    key: keyOfRow(entryOf(step, work.entry)),
    try: work.try,
    fence: work.fence,
    owner: work.owner!,
    dispatched_at: work.dispatched_at,
    plan: planOf(step, work),
    origin: parsed<Origin>(work.origin),
    context: parsed<DispatchContext>(work.context),
    attempts: parsed<TraceAttempt[]>(work.attempts),
    takeovers: work.takeovers,
    lane: work.lane,
    gates: parsed<TraceGate[]>(work.gates),
    idempotency_key: work.idempotency_key,
  }
}

/** The journaled plan, whole. */
export function planOf(step: Step, work: Pick<WorkRow, 'plan' | 'entry'>): Plan {
  const plan = parsed<Omit<Plan, 'action'> & { action?: Action }>(work.plan)
  return { ...plan, action: plan.action ?? parsed<Action>(sentText(step, work.entry)!) }
}

export const answerOf = (text: string | null): Outcome | null => (text === null ? null : parsed<Outcome>(text))
