import type { Action } from '../../action/action.js'
import type { Outcome, OutcomeOf } from '../../action/outcome.js'
import type { RecordDraft } from '../../audit/record.js'
import { emptyTrace } from '../../audit/trace.js'
import { keyOf } from '../../lib/ids.js'
import type { Json } from '../../lib/json.js'
import type {
  Ending,
  Gate,
  GroupEnding,
  MachineState,
  MachineTable,
  Plan,
  ReservationGate,
  ScheduleEnding,
  TransitionEnding,
  WindowGate,
} from '../plan.js'
import type { AdmitRequest, EntryKey } from '../store.js'

export const SCOPE = { namespace: 'shop', tenant: 'acme' } as const

/** What a test says of a dispatch; the rest is filled in. */
export interface Sent {
  id?: string
  namespace?: string
  tenant?: string
  space?: EntryKey['space']
  /** Stands for the body's hash: equal texts are the same body. */
  body?: string
  gates?: Gate[]
  ending?: Ending | null
  lane?: string | null
  provider?: string
  action_type?: string
  payload?: Json
  /** The action as it was sent, where transforms changed it. */
  original?: Action | null
  owner?: number
  continues?: { fence: number }
}

export function planFor({
  id = 'a1',
  namespace = SCOPE.namespace,
  tenant = SCOPE.tenant,
  gates = [],
  ending = null,
  provider = 'email',
  action_type = 'send',
  payload = { text: `hello from ${id}` },
}: Sent): Plan {
  return {
    action: {
      id,
      namespace,
      tenant,
      provider,
      action_type,
      payload,
      metadata: {},
      created_at: '2026-01-05T12:00:00.000Z',
    },
    original_provider: provider,
    rules_version: 'v1',
    verdict: 'allow',
    matched_rule: null,
    matched_rules: [...gates.map(({ rule }) => rule), ...(ending !== null && 'rule' in ending ? [ending.rule] : [])],
    gates,
    ending,
    delivery: {},
    trace: emptyTrace(),
  }
}

export function draftFor(plan: Plan): RecordDraft {
  const { action } = plan
  return {
    id: `record-${action.id}`,
    kind: 'dispatch',
    action_id: action.id,
    try: 1,
    namespace: action.namespace,
    tenant: action.tenant,
    provider: action.provider,
    action_type: action.action_type,
    verdict: plan.verdict,
    matched_rule: plan.matched_rule,
    matched_rules: plan.matched_rules,
    rules_version: plan.rules_version,
    action_payload: action.payload,
    verdict_details: {},
    metadata: {},
    caller_id: 'tester',
    auth_method: 'none',
    chain_id: null,
    trace_id: null,
    node: 'a',
    durability: 'test',
    trace: plan.trace,
  }
}

export function requestFor(sent: Sent, owner: number): Omit<AdmitRequest, 'token' | 'deadline' | 'now'> {
  const { ending = null, ...rest } = sent
  const { namespace = SCOPE.namespace, tenant = SCOPE.tenant } = sent
  const scoped = ending?.kind === 'group' ? { ...ending, key: keyOf(ending.key, namespace, tenant) } : ending
  const plan = planFor({ ...rest, ending: scoped })
  const { id } = plan.action
  return {
    owner: sent.owner ?? owner,
    key: { namespace, tenant, space: sent.space ?? 'caller', id },
    body_hash: keyOf('body', sent.body ?? 'same'),
    plan,
    original: sent.original ?? null,
    draft: draftFor(plan),
    context: { caller_id: 'tester', auth_method: 'none', trace_id: null },
    ...(sent.lane !== undefined && { lane: sent.lane }),
    ...(sent.continues !== undefined && { continues: sent.continues }),
  }
}

// ── gates ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const reservation = (name = 'k', more: Partial<ReservationGate> = {}): ReservationGate => ({
  kind: 'reservation',
  rule: 'once',
  verdict: 'deduplicate',
  key: keyOf('reservation', name),
  ttl_ms: 60_000,
  on_failure: 'release',
  ...more,
})

export const window = (limit: number, window_ms: number, more: Partial<WindowGate> = {}): WindowGate => ({
  kind: 'window',
  rule: 'slow-down',
  verdict: 'throttle',
  key: keyOf('window', 'w'),
  limit,
  window_ms,
  ...more,
})

// ── endings ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const answer = (outcome: Outcome): Ending => ({ kind: 'answer', outcome })

export function group(member: string, more: Partial<GroupEnding> & { name?: string } = {}): GroupEnding {
  const { name = 'g1', ...rest } = more
  const deliver = planFor({ id: `for-${name}`, payload: {} })
  return {
    kind: 'group',
    rule: 'together',
    key: keyOf('group', name),
    group_key: `together:${name}`,
    group_id: `group-of-${member}`,
    labels: { cluster: name },
    wait_ms: 30_000,
    interval_ms: 0,
    repeat_ms: null,
    max_size: 1_000,
    member: JSON.stringify({ id: member, payload: { n: member } }),
    member_labels: { env: 'prod', member },
    deliver,
    draft: { ...draftFor(deliver), kind: 'flush', action_payload: null },
    ...rest,
  }
}

const state = (to: Record<string, boolean>, timeout: MachineState['timeout'] = null): MachineState => ({
  to: Object.fromEntries(Object.entries(to).map(([name, notify]) => [name, { notify }])),
  timeout,
  final: Object.keys(to).length === 0 && timeout === null,
})

/** firing → acknowledged | resolved; firing becomes stale after five minutes; resolved is final. */
export const ALERT: MachineTable = {
  name: 'alert',
  initial: 'firing',
  retention_ms: 3_600_000,
  states: {
    firing: state(
      { acknowledged: false, resolved: true },
      { after_ms: 300_000, to: 'stale', notify: true, restart_on_repeat: false },
    ),
    acknowledged: state({ firing: true, resolved: true }),
    stale: state({ firing: true, resolved: true }),
    resolved: state({}),
  },
}

/** alive goes missing a minute after the last sign of life: a repetition restarts the timeout. */
export const HEARTBEAT: MachineTable = {
  name: 'heartbeat',
  initial: 'alive',
  retention_ms: 3_600_000,
  states: {
    alive: state({ gone: true }, { after_ms: 60_000, to: 'missing', notify: true, restart_on_repeat: true }),
    missing: state({ alive: true }),
    gone: state({}),
  },
}

export const MACHINES: Record<string, MachineTable> = { alert: ALERT, heartbeat: HEARTBEAT }

/** A transition whose notification carries `note`, so that a test can tell whose it is. */
export function moveTo(
  status: string | null,
  more: Partial<TransitionEnding> & { note?: string } = {},
): TransitionEnding {
  const { note = 'n', ...rest } = more
  const deliver = planFor({ id: note, payload: { note } })
  return {
    kind: 'transition',
    rule: 'lifecycle',
    fingerprint: 'f1',
    machine: ALERT,
    status,
    action_type: 'alert',
    labels: { cluster: 'east' },
    severity: 'critical',
    deliver,
    draft: { ...draftFor(deliver), kind: 'transition', action_payload: null },
    ...rest,
  }
}

export const schedule = (delay_ms: number, more: Partial<ScheduleEnding> = {}): ScheduleEnding => ({
  kind: 'schedule',
  rule: 'later',
  delay_ms,
  at_ms: null,
  ...more,
})

// ── outcomes ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const executed = (): OutcomeOf<'Executed'> => ({
  type: 'Executed',
  status: 'success',
  body: { ok: true },
  headers: {},
})

export const failed = (more: Partial<OutcomeOf<'Failed'>> = {}): OutcomeOf<'Failed'> => ({
  type: 'Failed',
  code: 'PROVIDER_REJECTED',
  message: 'the provider said no',
  retryable: false,
  attempts: 1,
  ...more,
})

export const circuitOpen = (): OutcomeOf<'CircuitOpen'> => ({
  type: 'CircuitOpen',
  provider: 'email',
  fallback_chain: [],
})

export const suppressed = (): OutcomeOf<'Suppressed'> => ({ type: 'Suppressed', rule: 'quiet', reason: 'maintenance' })

/** What `complete` keeps of an action that failed for good. */
export const letter = (id = 'letter-1', code = 'PROVIDER_REJECTED') => ({
  dead_letter: { id, code, error: 'the provider said no', attempts: [] },
})
