import type { RuleSet } from '../rules/ruleset.js'
import type { ProviderLoad } from './load.js'
import type { RuleFiles } from './rule-files.js'
import type { Simulation } from './simulate.js'
import type { Outcome } from '../action/outcome.js'
import type { AuditRecord } from '../audit/record.js'
import type { TraceAttempt } from '../audit/trace.js'
import type { AuditStore } from '../audit/store.js'
import type { BreakerView } from '../delivery/breaker.js'
import type { BreakerSettings } from '../delivery/circuit-terms.js'
import type { ActeonError } from '../lib/errors.js'
import type { Providers } from '../providers/lookup.js'
import type { Provider } from '../providers/provider.js'
import type { RuleBehind } from '../rules/behind.js'
import type { Finding } from '../rules/lint.js'
import type { Reach } from '../rules/reach.js'
import type { DeadLetter, EntryView, EventView, GroupView, HistoryEntry, Scope, StateStore } from '../state/store.js'
import type { StateMachine } from './machines.js'

export type { BreakerView } from '../delivery/breaker.js'

/** The gateway, as the server, the simulation and programs use it. Made by `createGateway`. */
export interface Gateway {
  /** The node's name in records, logs and figures. */
  readonly node: string
  readonly state: StateStore
  /** null: `[audit] enabled = false`. */
  readonly audit: AuditStore | null
  readonly providers: ReadonlyMap<string, Provider>
  readonly rules: GatewayRules
  readonly breakers: GatewayBreakers
  /** What a provider has in hand on this node, and what bounds it. */
  load(provider: string): ProviderLoad

  /**
   * Hands in an action and resolves with what became of it; a provider's failure is an outcome too (`Failed`).
   * @throws ActeonError when it was not accepted: INVALID_ACTION, TOO_DEEP, ID_REUSED, IN_PROGRESS, LIMIT_REACHED,
   * PROVIDER_BUSY, OVERLOADED, DRAINING, STATE_UNAVAILABLE, UNKNOWN_IF_ACCEPTED, AUDIT_BACKLOG
   */
  dispatch(action: unknown, options?: DispatchOptions): Promise<Outcome>
  /** `dispatch`, with what an answer's headers say besides. */
  submit(action: unknown, options?: DispatchOptions): Promise<Submitted>
  /** Admitted in order, delivered in parallel; a refused item does not refuse the others. */
  dispatchBatch(actions: unknown[], options?: DispatchOptions): Promise<(Submitted | ActeonError)[]>
  /**
   * The playground: every rule, why it matched or not, the plan; nothing is changed. The answer of wire section 5.
   * @param rules instead of those that run
   */
  evaluate(request: unknown, caller?: Caller, rules?: RuleSet): Promise<Record<string, unknown>>
  /**
   * Actions of the past, one after the other; nothing is sent or recorded. It must be closed.
   * @param rules instead of those that run
   */
  simulate(rules?: RuleSet): Promise<Simulation>

  /** Moves an event by hand. @throws ActeonError NOT_FOUND, AMBIGUOUS, TRANSITION_NOT_ALLOWED */
  transition(request: {
    fingerprint: string
    to: string
    namespace?: string | undefined
    tenant?: string | undefined
    comment?: string | undefined
    caller?: Caller
  }): Promise<{ fingerprint: string; previous_state: string; new_state: string; notify: boolean; version: number }>
  /** Sends what a group has collected now. @throws ActeonError NOT_FOUND, AMBIGUOUS */
  flush(request: Scope & { group_key: string; caller?: Caller }): Promise<GroupView>
  /** Calls off what is queued, parked or scheduled. @throws ActeonError NOT_FOUND, AMBIGUOUS, CONFLICT (in a call, or settled) */
  cancel(request: Scope & { action_id: string; caller?: Caller; reason?: string }): Promise<Outcome>
  /** Dispatches a recorded action again under a new id, label `replayed_from`. @throws ActeonError NOT_FOUND, PAYLOAD_NOT_KEPT */
  replay(request: Scope & { action_id: string; caller?: Caller }): Promise<ReplayResult>
  /** The id's next try. Waits for its outcome. @throws ActeonError NOT_FOUND, CONFLICT, HELD_BY_OTHER, SUPERSEDED */
  redeliver(request: { id: string; force?: boolean; renew_key?: boolean; caller?: Caller }): Promise<Outcome>
  /** Merge patch on the payload that a redelivery sends. @throws ActeonError NOT_FOUND, CONFLICT, INVALID_REQUEST */
  editDeadLetter(request: { id: string; payload: unknown; caller?: Caller }): Promise<DeadLetter>
  /** What speaks against sending dead letters again, in their order; of what the caller may see. */
  letterMarks(letters: readonly DeadLetter[], caller?: Caller): Promise<LetterMarks[]>
  /** @throws ActeonError NOT_FOUND, CONFLICT */
  discardDeadLetter(request: { id: string; reason: string; caller?: Caller }): Promise<void>

  /** All that is known of an action: what arrived, rules, gates, attempts, outcome, what happened later; null: nothing. */
  story(request: Scope & { action_id: string; caller?: Caller }): Promise<Story | null>
  /**
   * What the rules behind the one that decided make of a story's action: those that run now, and that its record does
   * not tell of. Nothing is sent, called or kept. null: how it was decided is not known.
   */
  rulesBehind(story: Story): Promise<RulesBehind | null>
  /** As it may be shown: payload and labels redacted. */
  shown: {
    entry(entry: EntryView): EntryView
    deadLetter(letter: DeadLetter): DeadLetter
    labels(labels: Record<string, string>): Record<string, string>
    /** Any JSON, such as a group's members. */
    value(value: unknown): unknown
  }

  /** What stands in the way of work, if anything: draining, state store away, lease lost, rules that do not load. */
  health(): Promise<GatewayHealth>
  /**
   * Exchanges providers, circuits and state machines, all or nothing; what is under way ends at the provider where it
   * began, and its retries go to the one of that name. What was admitted for a provider that is gone is a dead letter.
   * @throws ActeonError CONFIG_INVALID, RULES_INVALID when a rule names what would be gone; then nothing was changed
   */
  reconfigure(next: Reconfiguration): void
  /** Takes nothing more, ends what is running within `graceMs`, hands back the rest. */
  close(options?: { graceMs?: number }): Promise<void>
}

/** What can be exchanged while a gateway runs. */
export interface Reconfiguration {
  providers: Iterable<Provider> | Providers
  machines: Iterable<StateMachine>
  circuitBreaker?: BreakerSettings | undefined
}

/** Who asks. */
export interface Caller {
  id: string
  method: string
  /** What it may see; absent: everything. What it may not see is looked up as if it were not there. */
  sees?: (thing: Owned) => boolean
}

/** Something of a tenant. What it does not have of the last two is left out. */
export interface Owned {
  namespace: string
  tenant: string
  provider?: string | undefined
  action_type?: string | undefined
}

export interface DispatchOptions {
  caller?: Caller
  /** The `Idempotency-Key` header: the id when the action has none. */
  idHeader?: string | undefined
  dry_run?: boolean
  /** `traceparent`, `tracestate` of the request; the action's own trace_context wins. */
  trace_context?: Record<string, string>
  /** Resolve with `Scheduled {scheduled_for: now}` as soon as the action is durable, while it is delivered. */
  async?: boolean
}

/** What became of a dispatch, and what its answer's headers say. */
export interface Submitted {
  outcome: Outcome
  action_id: string
  id_source: 'caller' | 'server'
  /** The recorded answer of an earlier request with the same id and body. */
  replayed: boolean
}

/** What speaks against sending a dead letter again. */
export interface LetterMarks {
  /** Since when it is of no use any more, milliseconds; null: it is, as far as anybody said. */
  pastUseSince: number | null
  /** The newest action of the same event that was delivered after this one was tried; null: none is known. */
  deliveredSince: { action_id: string; provider: string; at: string } | null
}

export interface ReplayResult {
  original_action_id: string
  new_action_id: string
  success: boolean
  error: string | null
}

export interface Story {
  action_id: string
  namespace: string
  tenant: string
  status: EntryView['status']
  /** Its journal entry while it is open or its id is kept, redacted. */
  entry: EntryView | null
  /** Its records, oldest first: each try, and what happened later to the same id. */
  records: AuditRecord[]
  /** Records of what it belongs to: the flush of its group, the moves and notifications of its event. */
  later: AuditRecord[]
  event: (EventView & { history: HistoryEntry[] }) | null
}

/** What the rules that were not looked at make of an action. */
export interface RulesBehind {
  /** The rule that decided, behind which these come; null: none did, or it is not there any more. */
  behind: string | null
  /** That of the decision, and that of the rules told of here. */
  rules_version: string
  rules_version_now: string
  /** The moment that conditions on time look at: of its arrival, milliseconds. */
  at: number
  rules: RuleBehind[]
}

/** A rule as lists show it. */
export interface RuleView {
  name: string
  priority: number
  /** What holds now: the file's `enabled`, unless a switch says otherwise. */
  enabled: boolean
  /** Set by a switch (`PUT /v1/rules/{name}/enabled`); null: as the file says. */
  switched: boolean | null
  description: string | null
  /** As a person reads it. */
  condition: string
  verdict: string
  file: string
  line: number
}

export interface RulesStatus {
  version: string
  loaded: number
  /** RFC 3339. */
  loaded_at: string
  /** Empty when what runs is what the files say. */
  errors: string[]
  /** What the lint found: sentences. */
  warnings: string[]
  /** Nodes that run other rules than this one, longer than a reload takes. */
  differing_nodes: DifferingNode[]
}

/** A node that shares the state store and runs something else than this one. */
export interface DifferingNode {
  node: string
  /** RFC 3339: since when they differ. */
  since: string
}

export interface GatewayRules {
  /** The files that the rules come from, for whoever edits them. */
  readonly files: RuleFiles
  list(): RuleView[]
  /** What looks wrong in rules that are valid one by one. */
  findings(): readonly Finding[]
  /** Whether a rule can match any action from there at all; false for a rule that does not exist. */
  reaches(name: string, from: Reach): boolean
  status(): RulesStatus
  /** Rereads the directory; all files together or none. `errors` not empty: the old rules go on. */
  reload(): Promise<{ loaded: number; reloaded: number; errors: string[]; directory: string }>
  /** A durable switch, for all nodes; `null` takes it back. @throws ActeonError NOT_FOUND */
  setEnabled(name: string, enabled: boolean | null, caller?: Caller): Promise<RuleView>
}

/** Circuit breakers: those of providers for which they are enabled. */
export interface GatewayBreakers {
  list(): BreakerView[]
  /** Opens it on all nodes, until it is reset. @throws ActeonError NOT_FOUND */
  trip(provider: string, caller?: Caller): Promise<BreakerView>
  /** Closes it on all nodes. @throws ActeonError NOT_FOUND */
  reset(provider: string, caller?: Caller): Promise<BreakerView>
}

export interface GatewayHealth {
  status: 'ok' | 'degraded'
  /** Takes dispatches now. */
  ready: boolean
  reasons: string[]
  durability: StateStore['durability']
  rules: RulesStatus
  node: string
  nodes: { node: string; alive: boolean }[]
  /** Nodes whose providers, circuits or state machines are configured otherwise than here; secrets are not compared. */
  configuration: { differing_nodes: DifferingNode[] }
  /** Nodes that know other users and keys than this one. */
  access: { differing_nodes: DifferingNode[] }
}

/** What a gateway tells of its work, for metrics and logs. All durations are milliseconds. Called synchronously; must not throw. */
export interface Observer {
  planned?(durationMs: number): void
  stateOperation?(operation: string, durationMs: number, ok: boolean): void
  /** `error`: why it failed, masked. */
  attempt?(attempt: { provider: string; result: string; duration_ms: number; action_id: string; error?: string }): void
  /** Each final outcome, of dispatches and of what the gateway itself sends. */
  outcome?(event: {
    kind: AuditRecord['kind']
    outcome: string
    /** Who took it, else who was planned to. */
    provider: string
    rule: string | null
    verdict: string
    action_id: string
    action_type: string
    namespace: string
    tenant: string
    /** The dead letter that was made of it. */
    dead_letter?: string
    /** The store's time of admission, milliseconds. */
    dispatchedAt: number
    durationMs: number
    message?: string
    /** The caller's (W3C Trace Context), as it was sent. */
    trace_context?: Record<string, string>
    /** Redacted. */
    attempts?: readonly TraceAttempt[]
  }): void
  jobs?(event: { ran: number; lagMs: number }): void
  /** A provider's circuit changed, on this node or another. */
  circuit?(event: { provider: string; state: BreakerView['state']; by: string }): void
  /** How many nodes run something else than this one: rules, configuration, users and keys. */
  differing?(event: { what: string; nodes: number }): void
  log?(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}
