import { Type, type Static } from 'typebox'

/**
 * Why an action became what it became, compact (about 1 KB) and masked like the payload. One shape for dry run,
 * playground, `explain`, `rules test`, the story and the audit record (spec section 9).
 */

/** One part of a condition, with the value that was found. */
export const TracePart = Type.Object(
  {
    /** The part as written: `payload.priority eq "urgent"`, `has_active_event(cluster_down, …)`, a CEL text. */
    part: Type.String(),
    result: Type.Boolean(),
    /** The value found; absent when the path leads into nothing. */
    found: Type.Optional(Type.Unknown()),
    /** Why it cannot be true, when that is not plain: `the field is missing`, `a text is not a number`. */
    note: Type.Optional(Type.String()),
  },
  { title: 'TracePart' },
)
export type TracePart = Static<typeof TracePart>

export const TraceRule = Type.Object(
  {
    rule: Type.String(),
    result: Type.Union([
      Type.Literal('matched'),
      Type.Literal('not_matched'),
      Type.Literal('skipped'),
      Type.Literal('error'),
    ]),
    /** The verdict that a matching rule added. */
    verdict: Type.Optional(Type.String()),
    /** For a rule that did not match: its first failing part. For one that matched: every part that was looked at. */
    parts: Type.Optional(Type.Array(TracePart)),
    /** Why it was skipped or failed. */
    note: Type.Optional(Type.String()),
  },
  { title: 'TraceRule' },
)
export type TraceRule = Static<typeof TraceRule>

export const TraceGate = Type.Object(
  {
    rule: Type.String(),
    verdict: Type.String(),
    would: Type.Union([Type.Literal('pass'), Type.Literal('refuse')]),
    /** For a window: how many passed within it, before this action. */
    used: Type.Optional(Type.Integer()),
    limit: Type.Optional(Type.Integer()),
    /** For a reservation that refused: the id of the action that holds the key. */
    holder: Type.Optional(Type.String()),
    retry_after_ms: Type.Optional(Type.Number()),
  },
  { title: 'TraceGate' },
)
export type TraceGate = Static<typeof TraceGate>

export const TraceAttempt = Type.Object(
  {
    /** 1 for the first of this try. */
    attempt: Type.Integer(),
    provider: Type.String(),
    /** RFC 3339. */
    at: Type.String(),
    duration_ms: Type.Number(),
    result: Type.Union([
      Type.Literal('success'),
      Type.Literal('retryable'),
      Type.Literal('final'),
      Type.Literal('ambiguous'),
    ]),
    /** Status of the answer (HTTP, SMTP), when there was one. */
    status: Type.Optional(Type.Integer()),
    code: Type.Optional(Type.String()),
    error: Type.Optional(Type.String()),
    /** At most 512 characters of the answer, redacted. */
    excerpt: Type.Optional(Type.String()),
    /** How long was waited before the next attempt. */
    backoff_ms: Type.Optional(Type.Number()),
    /** From 1: the round of the provider's `retry_schedule` that it belongs to. */
    round: Type.Optional(Type.Integer()),
  },
  { title: 'TraceAttempt' },
)
export type TraceAttempt = Static<typeof TraceAttempt>

/** What the action is connected with; ids of actions, events and groups. */
export const TraceLinks = Type.Object(
  {
    duplicate_of: Type.Optional(Type.String()),
    duplicates: Type.Optional(Type.Object({ count: Type.Integer(), last: Type.Array(Type.String()) })),
    event: Type.Optional(Type.String()),
    group: Type.Optional(Type.String()),
    replayed_from: Type.Optional(Type.String()),
    scheduled_by: Type.Optional(Type.String()),
    caused_by: Type.Optional(Type.String()),
    dead_letter: Type.Optional(Type.String()),
  },
  { title: 'TraceLinks' },
)
export type TraceLinks = Static<typeof TraceLinks>

export const Trace = Type.Object(
  {
    rules: Type.Array(TraceRule),
    /** How many further rules could not match this kind of action at all and are not listed. */
    rules_omitted: Type.Optional(Type.Integer()),
    /** How many rules, of those that could match, come behind the one that closed the plan and were not looked at. */
    rules_behind: Type.Optional(Type.Integer()),
    gates: Type.Array(TraceGate),
    attempts: Type.Array(TraceAttempt),
    /** Providers that stood in, in order. */
    fallbacks: Type.Optional(Type.Array(Type.String())),
    /** How often another node, or this one after a restart, took the action over. */
    takeovers: Type.Optional(Type.Integer()),
    links: TraceLinks,
  },
  { title: 'Trace' },
)
export type Trace = Static<typeof Trace>

export const emptyTrace = (): Trace => ({ rules: [], gates: [], attempts: [], links: {} })
