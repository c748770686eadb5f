import type { Outcome } from '../../action/outcome.js'
import type { TraceAttempt, TraceGate } from '../../audit/trace.js'
import type { Plan } from '../plan.js'
import type { Action, Admission, Batch, BatchMember, DeadLetter, EntryView, Origin } from '../store.js'
import { composed, plain, stored, unescaped } from '../../lib/postgres-text.js'

/** A plan as it is stored: its action apart, because the action as it was sent is often the same. */
export function planTexts({ action, ...rest }: Plan): { plan: string; action: string } {
  return { plan: JSON.stringify(rest), action: JSON.stringify(action) }
}

const planOf = (plan: string, action: string): Plan => ({
  ...stored<Omit<Plan, 'action'>>(plan),
  action: stored<Action>(action),
})

type StoredBatch = Omit<Batch, 'labels' | 'shared_labels' | 'members'> & {
  labels: string
  shared_labels: [string, string][]
  members: BatchMember[]
}

/** Where an entry comes from; the labels of a batch are texts in it, and pairs. */
function originOf(text: string): Origin {
  const origin = JSON.parse(text) as Origin
  if (origin.kind !== 'flush') return plain(origin)
  const { labels, shared_labels, members, ...rest } = origin.batch as unknown as StoredBatch
  return {
    kind: 'flush',
    batch: {
      ...plain(rest),
      labels: stored(labels),
      shared_labels: Object.fromEntries(plain(shared_labels)),
      members: plain(members),
    },
  }
}

export interface AdmissionRow {
  namespace: string
  tenant: string
  space: 'caller' | 'derived'
  id: string
  try: number
  fence: number
  owner: number
  dispatched_at: number
  plan: string
  action: string
  origin: string
  context: string
  attempts: string
  takeovers: number
  lane: string | null
  gates: string
  idempotency_key: string
}

const textOrNull = (text: string | null): string | null => (text === null ? null : unescaped(text))

export function admissionOf(row: AdmissionRow): Admission {
  const { namespace, tenant, space, id } = row
  return {
    key: plain({ namespace, tenant, space, id }),
    try: row.try,
    fence: row.fence,
    owner: row.owner,
    dispatched_at: row.dispatched_at,
    plan: planOf(row.plan, row.action),
    origin: originOf(row.origin),
    context: stored(row.context),
    attempts: stored<TraceAttempt[]>(row.attempts),
    takeovers: row.takeovers,
    lane: textOrNull(row.lane),
    gates: composed<TraceGate[]>(row.gates),
    idempotency_key: unescaped(row.idempotency_key),
  }
}

export interface EntryRow {
  entry: {
    namespace: string
    tenant: string
    space: 'caller' | 'derived'
    id: string
    try: number
    fence: number
    dispatched_at: number
    settled_at: number | null
    outcome: string | null
  }
  work: (AdmissionRow & { status: EntryView['status']; due_at: number | null; answer: string | null }) | null
  sent: string | null
}

/** What a function made of an outcome, or what was passed as one. */
export const outcomeOf = (text: string): Outcome => composed<Outcome>(text)

export function entryView({ entry, work, sent }: EntryRow): EntryView {
  const { namespace, tenant, space, id, dispatched_at, settled_at } = entry
  const common = {
    key: plain({ namespace, tenant, space, id }),
    try: entry.try,
    dispatched_at,
    settled_at,
    action: sent === null ? null : stored<Action>(sent),
  }
  const outcome = entry.outcome ?? work?.answer ?? null
  if (work === null)
    return {
      ...common,
      status: 'settled',
      fence: entry.fence,
      owner: null,
      due_at: null,
      outcome: outcome === null ? null : outcomeOf(outcome),
      plan: null,
      origin: null,
      context: null,
      attempts: [],
      lane: null,
      takeovers: 0,
    }
  return {
    ...common,
    status: work.status,
    fence: work.fence,
    owner: work.owner,
    due_at: work.due_at,
    outcome: outcome === null ? null : outcomeOf(outcome),
    plan: planOf(work.plan, work.action ?? sent!),
    origin: originOf(work.origin),
    context: stored(work.context),
    attempts: stored<TraceAttempt[]>(work.attempts),
    lane: textOrNull(work.lane),
    takeovers: work.takeovers,
  }
}

export interface DeadLetterRow extends Omit<AdmissionRow, 'id' | 'space'> {
  id: string
  key_id: string
  key_space: 'caller' | 'derived'
  version: number
  code: string
  error: string
  created_at: number
  count: number
  last: string[]
}

export const deadLetterOf = (row: DeadLetterRow): DeadLetter => ({
  id: row.id,
  key: plain({ namespace: row.namespace, tenant: row.tenant, space: row.key_space, id: row.key_id }),
  try: row.try,
  fence: row.fence,
  version: row.version,
  code: unescaped(row.code),
  error: unescaped(row.error),
  attempts: stored<TraceAttempt[]>(row.attempts),
  created_at: row.created_at,
  plan: planOf(row.plan, row.action),
  origin: originOf(row.origin),
  context: stored(row.context),
  lane: textOrNull(row.lane),
  duplicates: { count: row.count, last: plain(row.last) },
})
