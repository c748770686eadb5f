import { Type, type Static, type TSchema } from 'typebox'
import type { JsonObject } from '../lib/json.js'

/** What a provider answered. `body` is an object or null: text is wrapped as `{text}`, a list as `{items}`. */
export const ProviderResponse = Type.Object(
  {
    status: Type.Union([Type.Literal('success'), Type.Literal('failure'), Type.Literal('partial')]),
    body: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
    headers: Type.Record(Type.String(), Type.String()),
  },
  { title: 'ProviderResponse' },
)
export type ProviderResponse = {
  status: 'success' | 'failure' | 'partial'
  body: JsonObject | null
  headers: Record<string, string>
}

/** Seconds and nanoseconds, both integers, as existing clients read a duration. */
export const WireDuration = Type.Object({ secs: Type.Integer(), nanos: Type.Integer() }, { title: 'Duration' })

const str = Type.String()
const time = Type.String({ format: 'date-time' })
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** The fields of each outcome, by its tag. Fields may be added, never renamed: existing clients read them. */
export const OUTCOMES = {
  Executed: ProviderResponse,
  Deduplicated: Type.Object({}),
  Suppressed: Type.Object({ rule: str, reason: Type.Optional(str) }),
  Rerouted: Type.Object({ original_provider: str, new_provider: str, response: ProviderResponse }),
  Throttled: Type.Object({ retry_after: WireDuration, rule: str, message: Type.Optional(str) }),
  Failed: Type.Object({
    code: str,
    message: str,
    retryable: Type.Boolean(),
    attempts: Type.Integer(),
    retrying: Type.Optional(Type.Boolean()),
    next_attempt_at: Type.Optional(time),
    allowed: Type.Optional(Type.Array(str)),
    suggestion: Type.Optional(str),
  }),
  Grouped: Type.Object({ group_id: str, group_key: str, group_size: Type.Integer(), notify_at: time }),
  StateChanged: Type.Object({
    fingerprint: str,
    previous_state: nullable(str),
    new_state: str,
    notify: Type.Boolean(),
    state_machine: Type.Optional(str),
    version: Type.Optional(Type.Integer()),
    occurrence: Type.Optional(Type.Integer()),
  }),
  Silenced: Type.Object({ silence_id: str, matched_rule: nullable(str) }),
  Muted: Type.Object({ interval: str, reason: str, matched_rule: Type.Optional(str) }),
  QuotaExceeded: Type.Object({ tenant: str, limit: Type.Integer(), used: Type.Integer(), overage_behavior: str }),
  CircuitOpen: Type.Object({ provider: str, fallback_chain: Type.Array(str) }),
  Scheduled: Type.Object({ action_id: str, scheduled_for: time }),
  RecurringCreated: Type.Object({ recurring_id: str, cron_expr: str, next_execution_at: nullable(time) }),
  PendingApproval: Type.Object({
    approval_id: str,
    expires_at: time,
    approve_url: str,
    reject_url: str,
    notification_sent: Type.Boolean(),
  }),
  ChainStarted: Type.Object({ chain_id: str, chain_name: str, total_steps: Type.Integer(), first_step: str }),
  DryRun: Type.Object({
    verdict: str,
    matched_rule: nullable(str),
    would_be_provider: str,
    matched_rules: Type.Array(str),
    payload: Type.Unknown(),
    gates: Type.Array(Type.Object({ rule: str, would: Type.Union([Type.Literal('pass'), Type.Literal('refuse')]) })),
    trace: Type.Optional(Type.Unknown()),
  }),
} as const

export type OutcomeType = keyof typeof OUTCOMES
type Fields = { [T in OutcomeType]: Static<(typeof OUTCOMES)[T]> } & {
  Executed: ProviderResponse
  Rerouted: { original_provider: string; new_provider: string; response: ProviderResponse }
}

/** What became of an action: a union discriminated by `type`; every one may carry the action's id. */
export type Outcome = { [T in OutcomeType]: { type: T; action_id?: string } & Fields[T] }[OutcomeType]
export type OutcomeOf<T extends OutcomeType> = Extract<Outcome, { type: T }>

/** An outcome on the wire: externally tagged, nothing beside the tag, and `"Deduplicated"` bare. */
export type WireOutcome = 'Deduplicated' | { [tag: string]: unknown }

/**
 * The form that existing clients read. In a batch a duplicate is `{"Deduplicated": null}`, which all of them take there.
 */
export function outcomeToWire(outcome: Outcome, where: 'single' | 'batch' = 'single'): WireOutcome {
  const { type, ...fields } = outcome
  if (type === 'Deduplicated') return where === 'single' ? 'Deduplicated' : { Deduplicated: null }
  return { [type]: fields }
}

/** The inverse of `outcomeToWire`. */
export function outcomeFromWire(wire: WireOutcome): Outcome {
  if (wire === 'Deduplicated') return { type: 'Deduplicated' }
  const [type, fields] = Object.entries(wire)[0] as [OutcomeType, object | null]
  return { type, ...fields } as Outcome
}

/** The word for an outcome in audit records, filters and metrics: `state_changed`. */
export const outcomeWord = (type: OutcomeType): string => type.replace(/(?<!^)[A-Z]/g, (c) => `_${c}`).toLowerCase()

/** All such words, with the tag that each stands for. */
export const OUTCOME_WORDS: ReadonlyMap<string, OutcomeType> = new Map(
  (Object.keys(OUTCOMES) as OutcomeType[]).map((type) => [outcomeWord(type), type]),
)

/**
 * Whether an outcome leaves its id open, so that the same id and body is admitted anew as its next try (spec section 1).
 */
export const asksToBeTriedAgain = (outcome: Outcome): boolean =>
  outcome.type === 'Throttled' ||
  outcome.type === 'QuotaExceeded' ||
  outcome.type === 'CircuitOpen' ||
  (outcome.type === 'Failed' && outcome.retryable)

/** A failure that releases what its action held, unless a gate keeps it: not where it is unknown whether it took effect. */
export const releasesHolds = (outcome: Outcome): boolean =>
  outcome.type === 'CircuitOpen' || (outcome.type === 'Failed' && outcome.code !== 'OUTCOME_UNKNOWN')

/** Streams tell what became of an action, and not what a provider answered. */
export function withoutAnswer(outcome: Outcome): Outcome {
  if (outcome.type === 'Executed') return { ...outcome, body: null, headers: {} }
  if (outcome.type === 'Rerouted') return { ...outcome, response: { ...outcome.response, body: null, headers: {} } }
  if (outcome.type === 'PendingApproval') return { ...outcome, approve_url: '[redacted]', reject_url: '[redacted]' }
  return outcome
}

/** Milliseconds as clients read a duration. */
export const toWireDuration = (ms: number): { secs: number; nanos: number } => {
  const whole = Math.max(0, Math.ceil(ms))
  return { secs: Math.floor(whole / 1000), nanos: (whole % 1000) * 1_000_000 }
}
export const fromWireDuration = ({ secs, nanos }: { secs: number; nanos: number }): number => secs * 1000 + nanos / 1e6
