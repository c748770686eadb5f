import { Type, type Static } from 'typebox'
import { outcomeWord, type Outcome } from '../action/outcome.js'
import { isObject } from '../lib/json.js'
import { Trace, type TraceGate } from './trace.js'

const str = Type.String()
const orNull = Type.Union([Type.String(), Type.Null()])

/** What an audit record tells of. `dispatch` is the one final record of a try; the others happened later and point to it. */
export const RecordKind = Type.Union(
  (['dispatch', 'flush', 'notification', 'schedule', 'transition', 'dead_letter', 'system'] as const).map((kind) =>
    Type.Literal(kind),
  ),
)
export type RecordKind = 'dispatch' | 'flush' | 'notification' | 'schedule' | 'transition' | 'dead_letter' | 'system'

/** One decision on record (spec section 9). Everything a caller sent is redacted before it gets here. */
export const AuditRecord = Type.Object(
  {
    id: str,
    kind: RecordKind,
    action_id: str,
    try: Type.Integer(),
    namespace: str,
    tenant: str,
    /** The planned one: that the action named, or a rule in its place. */
    provider: str,
    delivered_by: Type.Union([Type.String(), Type.Null()], {
      description: 'The provider that took it: `provider`, or the fallback that stood in for it. null: none did.',
    }),
    action_type: str,
    verdict: str,
    matched_rule: orNull,
    matched_rules: Type.Array(str),
    rules_version: str,
    /** The outcome's word: `executed`, `state_changed`. */
    outcome: str,
    action_payload: Type.Unknown(),
    verdict_details: Type.Unknown(),
    outcome_details: Type.Unknown(),
    /** Labels, flat, and `__dedup_key __fingerprint __status __starts_at __ends_at`. */
    metadata: Type.Record(Type.String(), Type.String()),
    /** The store's time of admission, RFC 3339. */
    dispatched_at: str,
    completed_at: str,
    duration_ms: Type.Integer(),
    expires_at: orNull,
    caller_id: str,
    auth_method: str,
    chain_id: orNull,
    trace_id: orNull,
    node: str,
    durability: str,
    trace: Trace,
  },
  { title: 'AuditRecord' },
)
export type AuditRecord = Omit<Static<typeof AuditRecord>, 'kind'> & { kind: RecordKind }

/**
 * What the node knows of a record before the state store decides: all but the outcome and its times. Redacted; made
 * once per dispatch, so that the store can write the record in the step that decides.
 */
export type RecordDraft = Omit<
  AuditRecord,
  'outcome' | 'outcome_details' | 'delivered_by' | 'dispatched_at' | 'completed_at' | 'duration_ms' | 'expires_at'
>

/** What the store decided, in the step that it decided in; times on the store's clock, milliseconds. */
export interface Decision {
  /** Redacted where it carries what a provider answered. */
  outcome: Outcome
  dispatched_at: number
  completed_at: number
  /** Counted by the store: which try of its id this was. */
  try?: number
  /** How full the gates were; replaces `trace.gates`. */
  gates?: TraceGate[]
  /** Set when a gate refused: the rule and verdict that decided instead of the plan's. */
  refused_by?: { rule: string; verdict: string }
  links?: Partial<Trace['links']>
}

/** What the state store hands to the audit store, or keeps in its outbox until a relay does. */
export interface AuditEntry {
  draft: RecordDraft
  decision: Decision
}

/** The provider that took an action, by its outcome; null: none did, or it is no action. */
export function deliveredBy({
  kind,
  outcome,
  outcome_details: details,
  provider,
}: Pick<AuditRecord, 'kind' | 'outcome' | 'outcome_details' | 'provider'>): string | null {
  if (kind === 'transition' || kind === 'dead_letter' || kind === 'system') return null
  if (outcome === 'executed') return provider
  if (outcome !== 'rerouted') return null
  const by = isObject(details) ? details['new_provider'] : undefined
  return typeof by === 'string' ? by : provider
}

/** The provider that took an action, else the one that it was planned for: the one that it counts for. */
export const carrierOf = ({ delivered_by, provider }: Pick<AuditRecord, 'delivered_by' | 'provider'>): string =>
  delivered_by ?? provider

/** The provider that an action asked for; a rule may have taken another. */
export function askedOf({
  provider,
  outcome_details: details,
}: Pick<AuditRecord, 'provider' | 'outcome_details'>): string {
  const asked = isObject(details) ? details['original_provider'] : undefined
  return typeof asked === 'string' ? asked : provider
}

/** A record that was kept as JSON. */
export function recordOfJson(text: string): AuditRecord {
  const record = JSON.parse(text) as AuditRecord
  // Older ones do not say it.
  record.delivered_by ??= deliveredBy(record)
  return record
}

/** Puts a draft and a decision together. Pure: relays and stores make the same record of the same entry. */
export function recordOf({ draft, decision }: AuditEntry, ttlMs: number | null): AuditRecord {
  const { type, ...outcome_details } = decision.outcome
  const outcome = outcomeWord(type)
  return {
    ...draft,
    try: decision.try ?? draft.try,
    verdict: decision.refused_by?.verdict ?? draft.verdict,
    matched_rule: decision.refused_by?.rule ?? draft.matched_rule,
    outcome,
    delivered_by: deliveredBy({ ...draft, outcome, outcome_details }),
    outcome_details,
    dispatched_at: new Date(decision.dispatched_at).toISOString(),
    completed_at: new Date(decision.completed_at).toISOString(),
    duration_ms: Math.max(0, Math.round(decision.completed_at - decision.dispatched_at)),
    expires_at: ttlMs === null ? null : new Date(decision.dispatched_at + ttlMs).toISOString(),
    trace: {
      ...draft.trace,
      gates: decision.gates ?? draft.trace.gates,
      links: { ...draft.trace.links, ...decision.links },
    },
  }
}
