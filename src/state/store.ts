import type { Action } from '../action/action.js'
import type { Outcome } from '../action/outcome.js'
import type { AuditEntry, RecordDraft } from '../audit/record.js'
import type { ResealRequest, Resealed } from '../audit/store.js'
import type { TraceAttempt, TraceGate } from '../audit/trace.js'
import type { MachineTable, Plan, ReservationGate } from './plan.js'

/**
 * The state contract (spec section 8). Each operation is atomic, one round trip, and one function of what is stored and
 * what is passed: a Redis script with its keys in one slot (all keys of a tenant share one), one PostgreSQL statement or
 * function, or one step of an embedded transaction. An operation checks first and writes after its last check.
 *
 * **Time.** `now` is the store's own clock unless the operation names one (simulations do). It never runs backwards.
 * Expiry is a stored instant compared with that `now`; removing what has expired (`sweep`) only frees room.
 *
 * **Asking again.** Each changing operation carries a token and a deadline on the store's clock. Repeated with the
 * token within 60 s it changes nothing and gives the first answer; after the deadline it is refused (`StoreRefused`).
 *
 * **Failure.** An operation either took effect and answers, or it throws `StoreUnavailable`: then it is unknown whether
 * it took effect (`applied: 'unknown'`), or certain that it did not (`applied: 'no'`, a full disk for example).
 *
 * **Owners.** A lease belongs to a node, not to an action. `owner` is a number that `join` gave: an incarnation. An
 * entry is open until it is settled, and has an owner while someone shall be working on it. A *fence* is a number of
 * the entry that grows with each change of hands and never goes back, over tries too; whoever acts for an entry names
 * owner and fence, and is refused (`replaced`) when either is not current.
 */
export interface StateStore {
  readonly durability: Durability

  // ── nodes ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** A new incarnation of a node, with a lease of `LEASE_MS` from now. Numbers grow and are never used twice. */
  join(request: Op & { node: string }): Promise<Lease>
  /** Extends the lease by `LEASE_MS` from now. Refused (`expired`) once it has run out: the node must join anew. */
  renew(request: Op & { owner: number }): Promise<Lease | { expired: true; now: number }>
  /** Ends the lease at once, so that others resume what is open without waiting. */
  leave(request: Op & { owner: number }): Promise<void>
  /** Nodes whose lease holds, and those that left or ran out within the last hour. */
  nodes(): Promise<NodeInfo[]>

  // ── a dispatch ─────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Decides about an action, in this order, and writes only after the last check:
   * 1. The owner's lease must hold, else `not_owner`. The outbox of the tenant must be below its bound, else `backlog`.
   * 2. The id: unknown → try 1. Known and settled: another `body_hash` → `id_reused`; an outcome that asks to be tried
   *    again → next try (its dead letter, if any, is removed); else `replayed`. Known and open: another body →
   *    `id_reused`, the same → `in_progress`.
   * 3. Ending `answer`: settled with that outcome; gates are not looked at.
   * 4. Every gate, in plan order: the first that refuses is the outcome (`Deduplicated`, `Throttled`); nothing is taken.
   *    A key held by an earlier try of the same entry, or by the action that scheduled it, counts as its own.
   *    A refusing reservation counts the duplicate and keeps its id (the last ten).
   * 5. Ending `transition`: a status that cannot be → settled `Failed`, nothing taken.
   * 6. Caps of the tenant (`Limits`): `limit`, nothing taken.
   * 7. All gates are taken. Then: no ending → the entry is journaled with the plan, owned by `owner`, with the next
   *    fence; behind open entries of its `lane` it is `queued` instead, without owner. `group` → member appended, group
   *    opened or sealed. `transition` → the event moves (see `decideTransition`), its notification is entered into the
   *    event's lane. `schedule` → the entry is held, with a job.
   * What is settled here gets its outcome, its audit entry and its frames in the same step. A reservation of an entry
   * that is settled with Grouped, StateChanged or Scheduled holds for its ttl.
   *
   * With `continues`, the entry exists (a due scheduled action, planned anew) and is ours under that fence: step 2 is
   * that check (`replaced`); step 7 journals the new plan under the same fence.
   */
  admit(request: AdmitRequest): Promise<Admitted>
  /** What the gates would say now, and takes nothing. For a dry run. */
  peek(request: { entry: EntryKey | null; gates: Plan['gates']; now?: number }): Promise<TraceGate[]>
  /**
   * Settles an entry under its fence: outcome, audit entry, frames, what is released, a dead letter, and the next of its
   * lane, in one step. `Failed` and `CircuitOpen` release the entry's reservations unless their gate says `keep` or the
   * code is OUTCOME_UNKNOWN; any other outcome leaves them until their ttl. With `unowned`, the entry must have no owner
   * (queued, parked, scheduled): calling off.
   * The next in the lane, if any, becomes the caller's own work and is returned in `follow`.
   */
  complete(request: CompleteRequest): Promise<Completed | Replaced>
  /**
   * Stores a retry that is due later, under the fence: the entry loses its owner, its fence grows, a job carries the new
   * one. `outcome` is what repeats of the id are answered meanwhile (`Failed` with `retrying: true`), when given.
   */
  park(request: ParkRequest): Promise<{ kind: 'parked'; due_at: number } | Replaced>
  /**
   * Takes over at most `limit` open entries of owners whose lease has run out, oldest first; their fences grow and
   * `takeovers` counts. Fair over owners.
   */
  resume(request: Op & { owner: number; limit: number }): Promise<Admission[]>
  /**
   * Runs at most `limit` due jobs, in due order, never early, each conditional on the version or fence that armed it:
   * group due → sealed, its flush owned by `owner`; an empty interval closes the group, or repeats the last batch;
   * state timeout → the event moves, its notification enters the lane; scheduled → the entry's derived action (space
   * `derived`, id `due:{id}`) is opened unplanned, owned by `owner`, its parent's reservations with it; parked retry →
   * taken. Work that may go out now is returned as admissions.
   */
  due(request: Op & { owner: number; limit: number; machines: Record<string, MachineTable> }): Promise<DueWork>
  /** The entry of an id: open or, within retention, settled. */
  entry(key: EntryKey): Promise<EntryView | null>
  /** Open entries, oldest first. */
  openEntries(list: OpenEntryList): Promise<Page<EntryView>>

  // ── what conditions ask ────────────────────────────────────────────────────────────────────────────────────────
  /** Answers all lookups of one plan in one round trip; it sees everything committed before. */
  lookup(request: { lookups: Lookup[] }): Promise<LookupAnswer[]>

  // ── groups ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Seals what a group has collected, now. `null`: unknown, or nobody is waiting. */
  flush(request: Op & { owner: number; namespace: string; tenant: string; group_key: string }): Promise<{
    group: GroupView
    admission: Admission
  } | null>
  group(scope: Scope & { group_key: string }): Promise<(GroupView & { members: string[] })[]>
  groups(list: List): Promise<Page<GroupView>>

  // ── events ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Moves an event by hand. To the present state: nothing changes, both states equal. */
  transition(request: TransitionRequest): Promise<Transitioned>
  event(scope: Scope & { fingerprint: string }): Promise<EventView[]>
  history(key: { namespace: string; tenant: string; fingerprint: string }): Promise<HistoryEntry[]>
  /** Newest change first, one per fingerprint. */
  events(list: List & { status?: string | undefined; active?: boolean }): Promise<Page<EventView>>

  // ── dead letters ───────────────────────────────────────────────────────────────────────────────────────────────
  deadLetters(list: List & DeadLetterFilter): Promise<Page<DeadLetter>>
  deadLetter(id: string): Promise<DeadLetter | null>
  /** Replaces the plan that a redelivery will send, if the dead letter still is at `version`. */
  editDeadLetter(
    request: Op & { id: string; version: number; plan: Plan; audit: AuditEntry },
  ): Promise<DeadLetter | Conflict>
  /** Removes it, with its audit entry, if it still is at `version`. */
  discardDeadLetter(
    request: Op & { id: string; version: number; audit: AuditEntry },
  ): Promise<{ kind: 'done' } | Conflict>
  /**
   * Opens the id's next try from a dead letter, owned by the caller, and removes the dead letter, in one step. Takes its
   * reservations again: `held` names another holder, unless `force`. In a lane it joins the end; `superseded` once a
   * later action entered that lane.
   */
  redeliver(request: RedeliverRequest): Promise<Redelivered>

  // ── records ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Small named values: switches, breaker changes, revisions. */
  readRecord(kind: string, name: string): Promise<StoredRecord | null>
  /** Writes if the stored version is `version` (0: absent); `value: null` removes. */
  casRecord(
    request: Op & { kind: string; name: string; version: number; value: unknown },
  ): Promise<StoredRecord | Conflict>
  listRecords(kind: string, page?: { cursor?: string; limit?: number }): Promise<Page<StoredRecord>>
  /** Takes up to `count` permits of a rate (`per_second`), for at most a second ahead; how many, and when more come. */
  take(
    request: Op & { name: string; per_second: number; count: number },
  ): Promise<{ granted: number; retry_after_ms: number }>

  // ── the event log, for streams ─────────────────────────────────────────────────────────────────────────────────
  /** Frames after a position, oldest first; `lost` when what follows `after` is no longer kept. */
  frames(request: { after: string | null; limit: number }): Promise<{ frames: Frame[]; lost: boolean; last: string }>
  /** Calls `wake` when frames may have been added; a hint only. Returns how to stop. */
  onFrames(wake: () => void): () => void

  // ── the outbox, where audit is elsewhere ───────────────────────────────────────────────────────────────────────
  /** Audit entries that no relay has acknowledged, oldest first. Empty where audit shares the database. */
  outbox(request: { limit: number }): Promise<{ position: string; entry: AuditEntry }[]>
  acknowledge(request: Op & { positions: string[] }): Promise<void>

  // ── upkeep ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Removes what has expired, at most `limit` rows of each kind in one short step; how many were removed. */
  sweep(request: Op & { limit: number }): Promise<number>
  /**
   * Rewrites stored texts (plans, actions, outcomes, members, labels with their index, frames, entries of the outbox) as
   * `change` says (null: leave it), at most `limit` rows from `after` on, in one short step. Nothing else about them
   * changes. Used when keys of `[encryption]` are exchanged. Absent: this backend cannot.
   */
  reseal?(request: Op & ResealRequest): Promise<Resealed>
  stats(): Promise<StateStats>
  /** Whether it answers and can write. Never throws. */
  health(): Promise<{ ok: boolean; reason?: string }>
  close(): Promise<void>
}

/** Length of a node's lease. */
export const LEASE_MS = 15_000
/** How often a node renews it. */
export const RENEW_EVERY_MS = 5_000
/** No attempt starts when the last renewal, counted from its sending, is older. */
export const TRUST_LEASE_MS = 12_000
/** A running attempt is aborted when the last renewal is older. */
export const ABORT_AFTER_MS = 14_000
/** How long after its first sending an operation may still take effect. */
export const OP_DEADLINE_MS = 30_000
/** How long a token's answer is kept. */
export const TOKEN_KEPT_MS = 60_000
/** How long and how many frames are kept. */
export const FRAMES_KEPT_MS = 600_000
export const FRAMES_KEPT = 100_000
/** A batch of this many bytes of members seals at once. */
export const MAX_BATCH_BYTES = 1_048_576

/** Carried by every changing operation. */
export interface Op {
  /** Names this operation over all its sendings. */
  token: string
  /** On the store's clock, milliseconds: refused after it. */
  deadline: number
  /** Simulations only: the store's time. */
  now?: number
}

/** The class that holds, said at start, in `/health` and in each audit record (spec section 8). */
export interface Durability {
  /** `embedded`, `memory`, `redis-everysec`, `postgres`, … */
  class: string
  degraded: boolean
  /** One sentence for people: what survives what. */
  says: string
  /** When a failover was noticed that may have lost what was acknowledged, milliseconds; absent ten minutes later. */
  possible_loss_at?: number
}

export interface Lease {
  owner: number
  /** The store's time, milliseconds, so that a node can name deadlines on its clock. */
  now: number
  lease_until: number
}

export interface NodeInfo {
  node: string
  owner: number
  joined_at: number
  renewed_at: number
  lease_until: number
}

/**
 * Names an entry of the journal. Callers' ids and the gateway's own (`flush:…`, `notify:…`, `due:…`) live in different
 * spaces and cannot meet.
 */
export interface EntryKey {
  namespace: string
  tenant: string
  space: 'caller' | 'derived'
  id: string
}

/** What a dispatch knows besides its plan; kept with the entry, so that a resumed one is recorded the same. */
export interface DispatchContext {
  caller_id: string
  auth_method: string
  trace_id: string | null
  trace_context?: Record<string, string>
}

/** Where an entry comes from; `dispatch` is a caller's own. */
export type Origin =
  | { kind: 'dispatch' }
  | { kind: 'flush'; batch: Batch }
  | { kind: 'notification'; event: EventNotice }
  /**
   * A due scheduled action; `planned` once it was planned anew. `rules`: all that scheduled it, one after the other, none
   * of which is looked at again; `passed`: rules whose gates it passed.
   */
  | { kind: 'schedule'; parent: string; rules: string[]; passed: string[]; planned: boolean }

/** A sealed generation of a group: frozen members, one derived action `flush:{group_id}:{generation}`. */
export interface Batch {
  group_id: string
  group_key: string
  generation: number
  rule: string
  labels: Record<string, unknown>
  /** Labels that all members share. */
  shared_labels: Record<string, string>
  first_at: number
  last_at: number
  flushed_at: number
  reason: 'wait' | 'interval' | 'repeat' | 'size' | 'manual'
  /** In order of admission. */
  members: BatchMember[]
}

export interface BatchMember {
  id: string
  received_at: number
  /** JSON text of `{id, payload, metadata, status}`. */
  text: string
}

/** What a notification adds to what the provider gets, as `event`. */
export interface EventNotice {
  fingerprint: string
  state_machine: string
  previous_state: string | null
  new_state: string
  occurrence: number
  version: number
  /** RFC 3339: when the occurrence was opened. */
  started_at: string
  /** RFC 3339: when the event entered its new state. */
  changed_at?: string
  /** RFC 3339: when it had entered the previous one. */
  previous_since?: string
  moved_by?: MovedBy
}

/** An entry that its owner shall deliver (or, for an unplanned schedule, plan) now. */
export interface Admission {
  key: EntryKey
  try: number
  fence: number
  owner: number
  /** The store's time of admission of this try, milliseconds. */
  dispatched_at: number
  plan: Plan
  origin: Origin
  context: DispatchContext
  /** Attempts that were recorded when it was parked. */
  attempts: TraceAttempt[]
  /** How often it changed hands while an attempt may have been running. */
  takeovers: number
  lane: string | null
  /** What the gates said when they were taken. */
  gates: TraceGate[]
  /** The key that receivers see over all attempts: the action's id, unless a redelivery renewed it. */
  idempotency_key: string
}

export interface AdmitRequest extends Op {
  owner: number
  key: EntryKey
  body_hash: string
  plan: Plan
  /**
   * The action as it was sent, when transforms changed it; null: `plan.action` is it. Kept as text until the id's
   * retention ends, settled or not, so that it can be replayed.
   */
  original: Action | null
  draft: RecordDraft
  context: DispatchContext
  /** An entry waits behind the open ones of its lane. */
  lane?: string | null
  /** A due scheduled action, planned anew. */
  continues?: { fence: number }
}

export type Admitted =
  /** Ours to deliver now. */
  | { kind: 'deliver'; admission: Admission }
  /** Behind others in its lane; whoever completes the one before will deliver it. */
  | { kind: 'queued'; try: number; fence: number; dispatched_at: number }
  /** It has its outcome. `follow` is work that is due now and ours: a sealed batch, a notification. */
  | { kind: 'settled'; outcome: Outcome; try: number; dispatched_at: number; gates: TraceGate[]; follow: Admission[] }
  | { kind: 'replayed'; outcome: Outcome; try: number; dispatched_at: number }
  | { kind: 'in_progress'; try: number; outcome: Outcome | null }
  | { kind: 'id_reused' }
  | { kind: 'limit'; what: keyof Limits; cap: number }
  | { kind: 'backlog'; waiting: number }
  | { kind: 'not_owner' }
  | Replaced

/** Someone else owns it now; drop the result. */
export interface Replaced {
  kind: 'replaced'
}

export interface Conflict {
  kind: 'conflict'
  /** What is there now. */
  version: number | null
}

export interface CompleteRequest extends Op {
  owner: number
  key: EntryKey
  fence: number
  unowned?: boolean
  /** The true outcome, answered to repeats of the id. */
  outcome: Outcome
  /** With attempts in its trace; `redacted` is the outcome as it may be shown. */
  draft: RecordDraft
  redacted: Outcome
  /** Kept when it failed for good. */
  dead_letter?: { id: string; code: string; error: string; attempts: TraceAttempt[] }
}

export interface Completed {
  kind: 'done'
  completed_at: number
  /** The next in the lane, now ours. */
  follow: Admission[]
  /** Duplicates that the entry stood for. */
  duplicates: { count: number; last: string[] }
}

export interface ParkRequest extends Op {
  owner: number
  key: EntryKey
  fence: number
  delay_ms: number
  attempts: TraceAttempt[]
  outcome?: Outcome
}

export interface DueWork {
  admissions: Admission[]
  /** How many jobs were done, those without an admission included. */
  ran: number
  /** The earliest job that is left, or null. */
  next_due: number | null
  /** How late the latest of those that ran was. */
  lag_ms: number
}

/** An entry for people and for requests that wait. */
/** What keeps an entry open. */
export type OpenStatus = 'running' | 'queued' | 'parked' | 'scheduled'

export interface EntryView {
  key: EntryKey
  status: OpenStatus | 'settled'
  try: number
  fence: number
  owner: number | null
  dispatched_at: number
  due_at: number | null
  settled_at: number | null
  outcome: Outcome | null
  /** The action as it was sent; kept until the id's retention ends, null for what the gateway derived. */
  action: Action | null
  /** Null once settled. */
  plan: Plan | null
  origin: Origin | null
  context: DispatchContext | null
  attempts: TraceAttempt[]
  lane: string | null
  takeovers: number
}

export type Lookup =
  | {
      kind: 'active_event'
      namespace: string
      tenant: string
      action_type: string
      /** With a value and no label: the value under any label. */
      label?: string
      value?: string
    }
  | { kind: 'event_state'; namespace: string; tenant: string; fingerprint: string }
/** For `active_event` whether there is one; for `event_state` the state, or null when there is no such event. */
export type LookupAnswer = boolean | string | null

export interface Scope {
  namespace?: string | undefined
  tenant?: string | undefined
}
export interface List extends Scope {
  cursor?: string | undefined
  limit?: number | undefined
}
/** A list of open entries; the store looks at what it asks, so that what it does not ask for costs no transfer. */
export interface OpenEntryList extends List {
  /** Only those that one of these keeps open. */
  statuses?: readonly OpenStatus[] | undefined
  /** Only of this id, in whichever scope and space. */
  id?: string | undefined
}
export interface Page<T> {
  items: T[]
  next_cursor?: string
}

export interface GroupView {
  namespace: string
  tenant: string
  group_id: string
  group_key: string
  rule: string
  provider: string
  action_type: string
  labels: Record<string, unknown>
  /** Members that wait for the next flush. */
  event_count: number
  generation: number
  state: 'pending' | 'notified'
  notify_at: number
  created_at: number
}

export interface EventView {
  namespace: string
  tenant: string
  fingerprint: string
  state_machine: string
  state: string
  active: boolean
  action_type: string
  labels: Record<string, string>
  provider: string
  severity: string | null
  occurrence: number
  version: number
  opened_at: number
  updated_at: number
  last_seen_at: number
  /** Actions that arrived for this occurrence. */
  count: number
  notified_count: number
  changed_by: string
  next_timeout: { at: number; to: string } | null
  last_action_id: string
}

/** Who moved an event. */
export type MovedBy = { action: string } | { caller: string; comment?: string } | { timeout: string }

export interface HistoryEntry {
  version: number
  occurrence: number
  from: string | null
  to: string
  at: number
  by: MovedBy
}

export interface TransitionRequest extends Op {
  owner: number
  namespace: string
  tenant: string
  fingerprint: string
  to: string
  by: { caller: string; comment?: string }
  caller: Pick<RecordDraft, 'caller_id' | 'auth_method' | 'node' | 'trace_id'>
  /** Makes the record's id. */
  record_id: string
  machines: Record<string, MachineTable>
}

export type Transitioned =
  | { kind: 'moved'; previous_state: string; new_state: string; notify: boolean; version: number; follow: Admission[] }
  | { kind: 'unknown' }
  | { kind: 'not_allowed'; state: string; allowed: string[] }
  | { kind: 'not_owner' }

export interface DeadLetterFilter {
  provider?: string | undefined
  action_type?: string | undefined
  code?: string | undefined
  from?: number | undefined
  to?: number | undefined
}

export interface DeadLetter {
  id: string
  key: EntryKey
  try: number
  fence: number
  /** Grows with each edit. */
  version: number
  code: string
  error: string
  attempts: TraceAttempt[]
  created_at: number
  plan: Plan
  origin: Origin
  context: DispatchContext
  lane: string | null
  duplicates: { count: number; last: string[] }
}

export interface RedeliverRequest extends Op {
  owner: number
  id: string
  version: number
  /** Send it although another action holds the key. */
  force: boolean
  /** The receivers' key: the same as before, or a new one. */
  idempotency_key: string
  context: DispatchContext
}
export type Redelivered =
  | { kind: 'deliver'; admission: Admission }
  | { kind: 'queued'; try: number; fence: number }
  | { kind: 'held'; holder: string }
  | { kind: 'superseded' }
  | { kind: 'not_owner' }
  | Conflict

export interface StoredRecord {
  kind: string
  name: string
  version: number
  value: unknown
  at: number
}

/** A position in the log, opaque and of fixed width, growing in text order; and what a stream sends (wire section 9). */
export interface Frame {
  id: string
  at: number
  type: string
  namespace: string
  tenant: string
  data: Record<string, unknown>
}

/** Caps per tenant (`[limits]`). */
export interface Limits {
  open_groups: number
  active_events: number
  reservations: number
  jobs: number
}
export const DEFAULT_LIMITS: Limits = {
  open_groups: 10_000,
  active_events: 100_000,
  reservations: 1_000_000,
  jobs: 100_000,
}

export interface StateStats {
  open: number
  queued: number
  parked: number
  scheduled: number
  jobs: number
  /** How late the earliest job is, milliseconds; 0 when none is. */
  job_lag_ms: number
  groups: number
  events: number
  dead_letters: number
  outbox: number
}

/** The store did not answer, or could not do it. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  constructor(
    message: string,
    /** `no`: certainly nothing was changed. */
    readonly applied: 'no' | 'unknown',
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** The store refused an operation whose deadline had passed: nothing was changed. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
  /** @param lateMs how long before the deadline had passed, by the store's clock: who asked learns from it what time it is */
  constructor(readonly lateMs: number) {
    super(`The operation came ${Math.ceil(lateMs)} ms after its deadline; nothing was changed.`)
  }
}

/** What a reservation's holder is: an entry. */
export const holderOf = (key: EntryKey): string => `${key.space}:${key.id}`

export type { Action, ReservationGate }
