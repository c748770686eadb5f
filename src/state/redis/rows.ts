import type { TraceAttempt, TraceGate } from '../../audit/trace.js'
import type { Outcome } from '../../action/outcome.js'
import type { Plan } from '../plan.js'
import type {
  Action,
  Admission,
  DeadLetter,
  DispatchContext,
  EntryKey,
  EntryView,
  EventView,
  GroupView,
  Origin,
} from '../store.js'
import { listOf, numberOrNull, parsed, rowOf, type Reply, type Row } from './text.js'

/** Of open work, in the order of the numbers that the scripts write. */
export const STATUS_WORDS = ['running', 'queued', 'parked', 'scheduled'] as const

const keyOfRow = (row: Row, id: string): EntryKey => ({
  namespace: row['ns']!,
  tenant: row['tn']!,
  space: row['sp'] === 'c' ? 'caller' : 'derived',
  id,
})

/** A plan is stored in two parts, because its action is often the one that was sent, and kept once then. */
const planOf = (rest: string, action: string): Plan =>
  ({ ...parsed<Omit<Plan, 'action'>>(rest), action: parsed<Action>(action) }) as Plan

/** Both parts of a plan as they are stored. */
export function planTexts({ action, ...rest }: Plan): [rest: string, action: string] {
  return [JSON.stringify(rest), JSON.stringify(action)]
}

/** What the owner of running work gets. */
export function admissionOf(reply: Reply | undefined): Admission {
  const row = rowOf(reply)!
  return {
    key: keyOfRow(row, row['id']!),
    try: Number(row['try']),
    fence: Number(row['fence']),
    owner: Number(row['owner']),
    dispatched_at: Number(row['at']),
    plan: planOf(row['plan']!, row['action'] ?? row['sent']!),
    origin: parsed<Origin>(row['origin']!),
    context: parsed<DispatchContext>(row['context']!),
    attempts: parsed<TraceAttempt[]>(row['attempts']!),
    takeovers: Number(row['takeovers']),
    lane: row['lane'] ?? null,
    gates: parsed<TraceGate[]>(row['gates']!),
    idempotency_key: row['ikey']!,
  }
}

export const admissionsOf = (reply: Reply | undefined): Admission[] => listOf(reply).map(admissionOf)

const outcomeOrNull = (text: string | undefined): Outcome | null => (text === undefined ? null : parsed<Outcome>(text))

export function entryView(row: Row): EntryView {
  const common = {
    key: keyOfRow(row, row['id']!),
    try: Number(row['try']),
    fence: Number(row['fence']),
    dispatched_at: Number(row['at']),
    settled_at: numberOrNull(row['settled']),
    action: row['sent'] === undefined ? null : parsed<Action>(row['sent']),
  }
  if (row['pos'] === undefined)
    return {
      ...common,
      status: 'settled',
      owner: null,
      due_at: null,
      outcome: outcomeOrNull(row['outcome']),
      plan: null,
      origin: null,
      context: null,
      attempts: [],
      lane: null,
      takeovers: 0,
    }
  return {
    ...common,
    status: STATUS_WORDS[Number(row['status']) as 0 | 1 | 2 | 3],
    owner: numberOrNull(row['owner']),
    due_at: numberOrNull(row['due']),
    outcome: outcomeOrNull(row['outcome'] ?? row['answer']),
    plan: planOf(row['plan']!, row['action'] ?? row['sent']!),
    origin: parsed<Origin>(row['origin']!),
    context: parsed<DispatchContext>(row['context']!),
    attempts: parsed<TraceAttempt[]>(row['attempts']!),
    lane: row['lane'] ?? null,
    takeovers: Number(row['takeovers']),
  }
}

export const groupView = (row: Row): GroupView => ({
  namespace: row['ns']!,
  tenant: row['tn']!,
  group_id: row['gid']!,
  group_key: row['gkey']!,
  rule: row['rule']!,
  provider: row['provider']!,
  action_type: row['atype']!,
  labels: parsed<Record<string, unknown>>(row['labels']!),
  event_count: Number(row['count']),
  generation: Number(row['generation']),
  state: Number(row['count']) > 0 ? 'pending' : 'notified',
  notify_at: Number(row['due']),
  created_at: Number(row['created']),
})

export const eventView = (row: Row): EventView => ({
  namespace: row['ns']!,
  tenant: row['tn']!,
  fingerprint: row['fp']!,
  state_machine: row['machine']!,
  state: row['state']!,
  active: row['active'] === '1',
  action_type: row['atype']!,
  labels: parsed<Record<string, string>>(row['labels']!),
  provider: row['provider']!,
  severity: row['severity'] ?? null,
  occurrence: Number(row['occurrence']),
  version: Number(row['version']),
  opened_at: Number(row['opened']),
  updated_at: Number(row['updated']),
  last_seen_at: Number(row['seen']),
  count: Number(row['n']),
  notified_count: Number(row['notified']),
  changed_by: row['by']!,
  next_timeout: row['t_at'] === undefined ? null : { at: Number(row['t_at']), to: row['t_to']! },
  last_action_id: row['last']!,
})

export const deadLetterOf = (row: Row): DeadLetter => ({
  id: row['id']!,
  key: keyOfRow(row, row['aid']!),
  try: Number(row['try']),
  fence: Number(row['fence']),
  version: Number(row['version']),
  code: row['code']!,
  error: row['error']!,
  attempts: parsed<TraceAttempt[]>(row['attempts']!),
  created_at: Number(row['at']),
  plan: planOf(row['plan']!, row['action']!),
  origin: parsed<Origin>(row['origin']!),
  context: parsed<DispatchContext>(row['context']!),
  lane: row['lane'] ?? null,
  duplicates: { count: Number(row['n']), last: parsed<string[]>(row['last']!) },
})
