import type { Action } from '../action/action.js'
import type { Outcome } from '../action/outcome.js'
import type { RecordDraft } from '../audit/record.js'
import type { Trace } from '../audit/trace.js'

/** The words for verdicts on the wire and in audit records. */
export type VerdictWord =
  | 'allow'
  | 'deny'
  | 'deduplicate'
  | 'suppress'
  | 'reroute'
  | 'throttle'
  | 'modify'
  | 'state_machine'
  | 'group'
  | 'schedule'

/**
 * All that the rules ask for, for one action: plain data that can be printed, stored, compared and replayed. A request
 * body is made from the journaled plan, so that a resumed attempt sends the same bytes.
 */
export interface Plan {
  /** The working copy, transforms applied; its provider is the one to call. The payload is the true one. */
  action: Action
  /** The provider that the caller asked for. */
  original_provider: string
  rules_version: string
  /** The verdict that decides when no gate refuses, and its rule (spec section 3). */
  verdict: VerdictWord
  matched_rule: string | null
  /** Every rule that matched, in order. */
  matched_rules: string[]
  /** In plan order; equal keys are one gate. */
  gates: Gate[]
  /** How the plan closes; null: deliver through the provider. */
  ending: Ending | null
  delivery: DeliveryTerms
  trace: Trace
}

/** How far a delivery may go. */
export interface DeliveryTerms {
  mode?: 'at_least_once' | 'at_most_once'
  deliver_within_ms?: number
}

/** What must admit the action; all gates of a plan are checked in one step, then all are taken, or none. */
export type Gate = ReservationGate | WindowGate

interface GateBase {
  rule: string
  verdict: VerdictWord
  /** 64 hex digits; covers everything that the gate is counted by, so no two scopes can meet. */
  key: string
  on_state_error?: 'refuse' | 'allow'
}

/** Admits one action per key: the key is held for `ttl_ms` or until its holder has its outcome, whichever is later. */
export interface ReservationGate extends GateBase {
  kind: 'reservation'
  ttl_ms: number
  /** `keep`: a final failure does not release it. */
  on_failure: 'release' | 'keep'
}

/** Admits at most `limit` actions in any interval of `window_ms`. */
export interface WindowGate extends GateBase {
  kind: 'window'
  limit: number
  window_ms: number
  message?: string
}

/** Up to this limit a window is exact (a ring of admission times); above, `WINDOW_BUCKETS` buckets count. */
export const EXACT_WINDOW_LIMIT = 1_000
export const WINDOW_BUCKETS = 64

export type Ending = AnswerEnding | GroupEnding | TransitionEnding | ScheduleEnding

/** The outcome is known without asking state (suppressed, no such provider, rule error). No gate is looked at. */
export interface AnswerEnding {
  kind: 'answer'
  outcome: Outcome
}

/** Appends the action to a group. */
export interface GroupEnding {
  kind: 'group'
  rule: string
  /** 64 hex digits over rule, namespace, tenant, provider, action_type and the typed group_by values. */
  key: string
  /** The public name, `[A-Za-z0-9._~:-]` only. */
  group_key: string
  /** Becomes the group's id when this action opens it. */
  group_id: string
  labels: Record<string, unknown>
  wait_ms: number
  /** 0: the group closes after its flush. */
  interval_ms: number
  repeat_ms: number | null
  max_size: number
  /** JSON text of the member as the batch will carry it, without `received_at`, which is the store's time of admission. */
  member: string
  /** Labels of this member, to know which all members share. */
  member_labels: Record<string, string>
  /** What delivers a batch: the action without payload, no gates, no ending. Kept from the opening member. */
  deliver: Plan
  /** The record of a flush, without payload. Kept from the opening member. */
  draft: RecordDraft
}

/** Moves an event through its state machine. */
export interface TransitionEnding {
  kind: 'transition'
  rule: string
  fingerprint: string
  machine: MachineTable
  /** The status that the action reports; null: none. */
  status: string | null
  action_type: string
  labels: Record<string, string>
  severity: string | null
  /** What delivers a notification: the working copy, no gates, no ending. The newest one is kept with the event. */
  deliver: Plan
  /** The record of a later move (by hand, by timeout) or notification, without payload. Kept from the newest action. */
  draft: RecordDraft
}

/** Holds the action until it is due; then it is planned anew without `rule`. */
export interface ScheduleEnding {
  kind: 'schedule'
  rule: string
  /** Either counted from the admission, or an instant; milliseconds. */
  delay_ms: number | null
  at_ms: number | null
}

/** A state machine, checked and compiled into what a store needs to decide a transition. */
export interface MachineTable {
  name: string
  initial: string
  /** How long a closed event is kept. */
  retention_ms: number
  states: Record<string, MachineState>
}

export interface MachineState {
  /** Allowed moves by a dispatch or by hand. */
  to: Record<string, { notify: boolean }>
  timeout: { after_ms: number; to: string; notify: boolean; restart_on_repeat: boolean } | null
  /** No transition and no timeout leaves it: an event in it is closed. */
  final: boolean
}
