import { Type, type Static, type TSchema } from 'typebox'
import { OUTCOMES, type OutcomeType, type WireOutcome } from '../action/outcome.js'
import { WireRecord } from '../audit/wire.js'
import { Trace, TraceAttempt } from '../audit/trace.js'
import { ConfigValue } from '../config/origins.js'
import { ERRORS } from '../lib/errors.js'
import { RuleBehind } from '../rules/behind.js'
import { Result } from './results.js'

/**
 * Every shape of the API besides the action itself, once: validation, types, OpenAPI, the client's types and the
 * reference docs come from here. A schema with a title becomes a named component of the OpenAPI document.
 */

const text = Type.String()
const instant = (description?: string) =>
  Type.String({ format: 'date-time', ...(description !== undefined && { description }) })
export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const labels = Type.Record(Type.String(), Type.String())

export const ErrorShape = Type.Object(
  {
    error: Type.String({ description: 'The sentence, for people.' }),
    code: Type.String({ description: `One of ${Object.keys(ERRORS).join(', ')}.` }),
    message: Type.String({ description: 'The same sentence.' }),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
  },
  {
    title: 'Error',
    description: 'The body of every error answer, on every path. Details may stand beside these four.',
  },
)

/** One object per tag, and the bare word for a duplicate. */
export const OutcomeShape = Type.Unsafe<WireOutcome>(
  Type.Union(
    [
      Type.Literal('Deduplicated'),
      ...(Object.entries(OUTCOMES) as [OutcomeType, TSchema][]).map(([tag, fields]) =>
        Type.Object({ [tag]: tag === 'Deduplicated' ? Type.Null() : fields }),
      ),
    ],
    {
      title: 'Outcome',
      description:
        'What became of an action: an object whose one key is the kind of outcome, or the bare word `"Deduplicated"`. Each object inside may carry `action_id`.',
    },
  ),
)
/** A record of the audit trail, with the type that its own file gives it. */
export const RecordShape = Type.Unsafe<WireRecord>(WireRecord)
export const BatchItem = Type.Union(
  [OutcomeShape, Type.Object({ error: Type.Object({ code: text, message: text, retryable: Type.Boolean() }) })],
  { title: 'BatchItem' },
)

// ── what requests carry ────────────────────────────────────────────────────────────────────────────────────────────
export const ScopeQuery = {
  namespace: Type.Optional(Type.String({ description: 'Only in this namespace.' })),
  tenant: Type.Optional(Type.String({ description: 'Only for this tenant.' })),
}
export const pageQuery = (most: number, fallback?: number) => ({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: most,
      description: fallback === undefined ? 'How many; absent: all.' : `How many; ${fallback} when absent.`,
    }),
  ),
  cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
})
/** A point in time in a query: RFC 3339, or milliseconds since 1970. */
export const Moment = (description: string) => Type.String({ description: `${description} RFC 3339, or milliseconds.` })
export const DryRunQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ description: 'Change nothing, and say what would become of it.' })),
})

// ── health and figures ─────────────────────────────────────────────────────────────────────────────────────────────
export const CounterNames = [
  'dispatched',
  'executed',
  'deduplicated',
  'suppressed',
  'rerouted',
  'throttled',
  'failed',
  'grouped',
  'state_changed',
  'scheduled',
  'circuit_open',
  'circuit_transitions',
] as const
export const Counters = Type.Object(
  Object.fromEntries(CounterNames.map((name) => [name, Type.Integer()])) as Record<
    (typeof CounterNames)[number],
    ReturnType<typeof Type.Integer>
  >,
  { title: 'Counters', description: 'What this node has done since it started.' },
)
const DifferingNodes = (description: string) =>
  Type.Array(Type.Object({ node: text, since: instant() }, { title: 'DifferingNode' }), { description })
export const RulesShape = Type.Object(
  {
    version: text,
    loaded: Type.Integer(),
    loaded_at: instant(),
    errors: Type.Array(text, { description: 'Empty when what runs is what the files say.' }),
    warnings: Type.Array(text),
    differing_nodes: DifferingNodes(
      'Nodes on the same state that run other rules than this one, longer than the 5 s in which a reload reaches all.',
    ),
  },
  { title: 'RulesStatus' },
)
export const Health = Type.Object(
  {
    status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
    ready: Type.Boolean(),
    reasons: Type.Array(text),
    node: text,
    nodes: Type.Array(Type.Object({ node: text, alive: Type.Boolean() })),
    version: text,
    durability: Type.Object({ class: text, degraded: Type.Boolean(), says: text }),
    sealing: Type.Object(
      { enabled: Type.Boolean(), key: orNull(text), older: Type.Array(text) },
      { description: 'Whether payloads and labels are sealed where they are stored; the names of keys, not the keys.' },
    ),
    rules: RulesShape,
    configuration: Type.Object({
      differing_nodes: DifferingNodes(
        'Nodes on the same state whose providers, circuits or state machines are configured otherwise than here. Secrets are not compared.',
      ),
    }),
    access: Type.Object({
      differing_nodes: DifferingNodes('Nodes on the same state that know other users and keys than this one.'),
    }),
    metrics: Counters,
  },
  { title: 'Health' },
)

export const ConfigValues = Type.Object(
  {
    file: orNull(text),
    values: Type.Array(ConfigValue),
  },
  {
    title: 'ConfigValues',
    description: 'The configuration, value by value. `file` is as it was named at the start; null: none was read.',
  },
)

// ── access ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const rights = {
  role: Type.Enum(['viewer', 'operator', 'admin']),
  grants: Type.Array(
    Type.Object({
      tenants: Type.Array(text),
      namespaces: Type.Array(text),
      providers: Type.Array(text),
      actions: Type.Array(text),
    }),
  ),
  rate_limit: orNull(Type.Object({ requests: Type.Integer(), window_seconds: Type.Number() })),
  expires_at: orNull(text),
}
export const Me = Type.Object(
  {
    caller_id: text,
    auth_method: Type.Enum(['none', 'api_key', 'jwt', 'session']),
    ...rights,
    everywhere: Type.Boolean({ description: 'Whether all tenants and namespaces are covered.' }),
    csrf_token: Type.Optional(Type.String({ description: 'Of a session: sent as X-CSRF-Token with every change.' })),
  },
  { title: 'Me' },
)
export const AccessEntry = Type.Object(
  {
    name: Type.String({ description: 'As records have it in `caller_id`.' }),
    kind: Type.Enum(['user', 'api_key']),
    ...rights,
    expired: Type.Boolean({ description: 'Its time is over: it is known, and refused.' }),
  },
  { title: 'AccessEntry' },
)
export const AccessEntries = Type.Object(
  {
    entries: Type.Array(AccessEntry),
    problem: orNull(
      Type.String({ description: 'Why the file as it is now is not used, and what was read before still holds.' }),
    ),
  },
  { title: 'AccessEntries' },
)

// ── actions ────────────────────────────────────────────────────────────────────────────────────────────────────────
const status = Type.Enum(['running', 'queued', 'parked', 'scheduled', 'settled'])
export const ActionSummary = Type.Object(
  {
    action_id: text,
    namespace: text,
    tenant: text,
    provider: Type.String({ description: 'The planned one.' }),
    delivered_by: orNull(Type.String({ description: 'The provider that took it; null: none did.' })),
    action_type: text,
    status,
    try: Type.Integer(),
    verdict: orNull(text),
    matched_rule: orNull(text),
    outcome: orNull(text),
    result: orNull(Result),
    reason: orNull(Type.String({ description: 'Why, in words, as far as the outcome itself says it.' })),
    dispatched_at: instant(),
    completed_at: orNull(instant()),
    due_at: orNull(instant()),
  },
  { title: 'ActionSummary' },
)
/** A line of a list: at most 400 bytes where names are of ordinary length. */
export const ActionRow = Type.Object(
  {
    id: text,
    ns: text,
    tenant: text,
    type: text,
    provider: Type.String({ description: 'The one that took it, else the one that it was planned for.' }),
    wanted: Type.Optional(
      Type.String({ description: 'Whom it was for, when it is another: the planned one, or whom the action named.' }),
    ),
    rule: orNull(text),
    outcome: Type.String({ description: 'Its word; `open` while it has none.' }),
    result: Result,
    reason: Type.Optional(Type.String({ description: 'Why, in words, as far as the outcome itself says it; cut.' })),
    subject: Type.Optional(
      Type.String({ description: 'What it is about: the first of summary, title, subject, message, service; cut.' }),
    ),
    at: Type.Integer({ description: 'When it arrived; Unix milliseconds.' }),
    took: Type.Optional(Type.Integer({ description: 'Milliseconds.' })),
  },
  { title: 'ActionRow' },
)
export const ActionList = Type.Object(
  {
    actions: Type.Array(ActionSummary, { description: 'Empty when a filter text (`q`) was given; then see `rows`.' }),
    count: Type.Integer({ description: 'How many this page has.' }),
    next_cursor: Type.Optional(text),
    rows: Type.Optional(Type.Array(ActionRow)),
    total: Type.Optional(
      orNull(
        Type.Integer({
          description:
            'With `q`, on the first page: how many there are, as `GET /v1/counts` counts them; null: more than 10,000.',
        }),
      ),
    ),
  },
  { title: 'ActionList' },
)
export const JournalEntry = Type.Object(
  {
    status,
    try: Type.Integer(),
    dispatched_at: instant(),
    due_at: orNull(instant()),
    settled_at: orNull(instant()),
    outcome: orNull(OutcomeShape),
    /** As it was sent, masked. */
    action: Type.Unknown(),
    origin: orNull(text),
    lane: orNull(text),
    takeovers: Type.Integer(),
    attempts: Type.Array(TraceAttempt),
    plan: orNull(
      Type.Object({
        action: Type.Unknown(),
        original_provider: text,
        verdict: text,
        matched_rule: orNull(text),
        matched_rules: Type.Array(text),
        rules_version: text,
        trace: Trace,
      }),
    ),
  },
  { title: 'JournalEntry', description: 'What the state store keeps of an action while it is open or its id is kept.' },
)
export const HistoryShape = Type.Object(
  {
    version: Type.Integer(),
    occurrence: Type.Integer(),
    from: orNull(text),
    to: text,
    at: instant(),
    by: Type.Object({
      action: Type.Optional(text),
      caller: Type.Optional(text),
      comment: Type.Optional(text),
      timeout: Type.Optional(text),
    }),
  },
  { title: 'HistoryEntry' },
)
const eventFields = {
  fingerprint: text,
  state: text,
  action_type: orNull(text),
  updated_at: orNull(instant()),
  namespace: text,
  tenant: text,
  state_machine: text,
  active: Type.Boolean(),
  labels,
  provider: text,
  severity: orNull(text),
  occurrence: Type.Integer(),
  version: Type.Integer(),
  opened_at: instant(),
  last_seen_at: instant(),
  count: Type.Integer(),
  notified_count: Type.Integer(),
  changed_by: text,
  next_timeout: orNull(Type.Object({ at: instant(), to: text })),
  last_action_id: text,
}
export const EventShape = Type.Object(eventFields, { title: 'Event' })
export const EventWithHistory = Type.Object(
  { ...eventFields, history: Type.Array(HistoryShape) },
  { title: 'EventWithHistory' },
)
export const EventList = Type.Object(
  { events: Type.Array(EventShape), count: Type.Integer(), next_cursor: Type.Optional(text) },
  { title: 'EventList' },
)
export const TransitionBody = Type.Object(
  {
    to_state: Type.Optional(orNull(Type.String({ minLength: 1, description: 'The state to enter.' }))),
    to: Type.Optional(orNull(Type.String({ minLength: 1, description: 'The same as `to_state`.' }))),
    namespace: Type.Optional(orNull(text)),
    tenant: Type.Optional(orNull(text)),
    comment: Type.Optional(orNull(Type.String({ maxLength: 1_024 }))),
  },
  { title: 'TransitionRequest' },
)
export const TransitionAnswer = Type.Object(
  {
    fingerprint: text,
    previous_state: text,
    new_state: text,
    notify: Type.Boolean(),
    version: Type.Integer(),
  },
  { title: 'TransitionAnswer' },
)
export const StoryShape = Type.Object(
  {
    action_id: text,
    namespace: text,
    tenant: text,
    status,
    subject: orNull(Type.String({ description: 'What it is about, from its payload. null: it does not say.' })),
    entry: orNull(JournalEntry),
    records: Type.Array(RecordShape, {
      description: 'Oldest first: each try, and what happened later to the same id.',
    }),
    later: Type.Array(RecordShape, {
      description: 'Of what it belongs to: the flush of its group, the moves of its event.',
    }),
    event: orNull(EventWithHistory),
    left_out: Type.Optional(
      Type.Array(
        Type.Object({
          record: orNull(Type.String({ description: 'Id of the record; null: the entry.' })),
          bytes: Type.Integer(),
        }),
        { description: 'With `payload=small`: payloads of more than 64 KiB, which are null here.' },
      ),
    ),
  },
  { title: 'Story' },
)
export const RulesBehindShape = Type.Object(
  {
    behind: orNull(
      Type.String({
        description:
          'The rule that decided, behind which these come. null: none did, or it is not there any more; then these are all that the record does not tell of.',
      }),
    ),
    rules_version: Type.String({ description: 'Of the rules that decided.' }),
    rules_version_now: Type.String({ description: 'Of the rules told of here: those that run.' }),
    at: instant('The moment that conditions on time look at: of its arrival.'),
    rules: Type.Array(RuleBehind),
    not_shown: Type.Integer({ description: 'How many more there are that concern nothing that the caller may see.' }),
  },
  { title: 'RulesBehind' },
)

// ── audit ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export const AuditList = Type.Object(
  {
    records: Type.Array(RecordShape),
    total: orNull(Type.Integer({ description: 'Exact to 10,000, else null.' })),
    limit: Type.Integer(),
    offset: Type.Integer(),
    next_cursor: Type.Optional(text),
    scanned_to: Type.Optional(instant('How far back a query that hit its bound has looked.')),
  },
  { title: 'AuditList' },
)
export const Replay = Type.Object(
  { original_action_id: text, new_action_id: text, success: Type.Boolean(), error: orNull(text) },
  { title: 'Replay' },
)
export const BulkReplay = Type.Object(
  { replayed: Type.Integer(), failed: Type.Integer(), skipped: Type.Integer(), results: Type.Array(Replay) },
  { title: 'BulkReplay' },
)
export const AuditFilterQuery = {
  ...ScopeQuery,
  provider: Type.Optional(Type.String({ description: 'The planned one, whichever took it.' })),
  action_type: Type.Optional(text),
  outcome: Type.Optional(Type.String({ description: 'Its word, such as `state_changed`.' })),
  verdict: Type.Optional(text),
  matched_rule: Type.Optional(text),
  from: Type.Optional(Moment('Arrived then or later.')),
  to: Type.Optional(Moment('Arrived before.')),
}

// ── groups ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export const GroupShape = Type.Object(
  {
    group_id: text,
    group_key: text,
    event_count: Type.Integer(),
    state: Type.Enum(['pending', 'notified', 'resolved']),
    notify_at: instant(),
    created_at: instant(),
    namespace: text,
    tenant: text,
    rule: text,
    provider: text,
    action_type: text,
    labels: Type.Record(Type.String(), Type.Unknown()),
    generation: Type.Integer(),
  },
  { title: 'Group' },
)
export const GroupList = Type.Object(
  { groups: Type.Array(GroupShape), total: Type.Integer(), next_cursor: Type.Optional(text) },
  { title: 'GroupList' },
)
export const GroupDetail = Type.Object(
  {
    group: GroupShape,
    events: Type.Array(text, { description: 'The ids of the members.' }),
    labels: Type.Record(Type.String(), Type.Unknown()),
    members: Type.Array(Type.Unknown(), { description: 'The members in full, masked.' }),
    subjects: Type.Array(orNull(text), { description: 'What each of them is about, from its payload.' }),
  },
  { title: 'GroupDetail' },
)
export const Flushed = Type.Object(
  {
    group_id: text,
    group_key: text,
    event_count: Type.Integer(),
    status: Type.Literal('flushed'),
    notified: Type.Boolean(),
  },
  { title: 'Flushed' },
)

// ── dead letters ───────────────────────────────────────────────────────────────────────────────────────────────────
const drained = {
  action_id: text,
  namespace: text,
  tenant: text,
  provider: text,
  action_type: text,
  error: text,
  attempts: Type.Integer(),
  timestamp: Type.Integer({ description: 'Unix seconds.' }),
}
export const DrainedLetter = Type.Object(drained, { title: 'DrainedLetter' })
export const DeadLetterShape = Type.Object(
  {
    ...drained,
    id: text,
    code: text,
    created_at: instant(),
    try: Type.Integer(),
    version: Type.Integer(),
    origin: text,
    lane: orNull(text),
    attempt_list: Type.Array(TraceAttempt),
    duplicates: Type.Object({ count: Type.Integer(), last: Type.Array(text) }),
    past_use_since: orNull(
      Type.String({
        format: 'date-time',
        description:
          'Since when it is of no use any more: its `ends_at`, or `deliver_within_seconds` of its rule or provider, counted from its first attempt. null: it still is.',
      }),
    ),
    delivered_since: orNull(
      Type.Object(
        { action_id: text, provider: text, at: instant() },
        {
          description:
            'The newest action of the same event (fingerprint) that was delivered after this one was first tried. null: none is known.',
        },
      ),
    ),
    subject: orNull(Type.String({ description: 'What it is about, from its payload. null: it does not say.' })),
    payload: Type.Unknown(),
    metadata: labels,
  },
  { title: 'DeadLetter' },
)
export const DeadLetterList = Type.Object(
  { dead_letters: Type.Array(DeadLetterShape), count: Type.Integer(), next_cursor: Type.Optional(text) },
  { title: 'DeadLetterList' },
)
export const RedeliverOptions = {
  force: Type.Optional(
    orNull(Type.Boolean({ description: 'Send it although another action holds its dedup key now.' })),
  ),
  renew_key: Type.Optional(
    orNull(Type.Boolean({ description: 'Give receivers a new idempotency key, so that they take it as new.' })),
  ),
}
export const RedeliverBody = Type.Object(RedeliverOptions, { title: 'RedeliverRequest' })
export const BulkRedeliverBody = Type.Object(
  {
    ...RedeliverOptions,
    namespace: Type.Optional(orNull(text)),
    tenant: Type.Optional(orNull(text)),
    provider: Type.Optional(orNull(text)),
    action_type: Type.Optional(orNull(text)),
    code: Type.Optional(orNull(text)),
    from: Type.Optional(orNull(Moment('Failed then or later.'))),
    to: Type.Optional(orNull(Moment('Failed before.'))),
    q: Type.Optional(orNull(Type.String({ maxLength: 2_000, description: 'A filter text, as for the list.' }))),
    ids: Type.Optional(
      orNull(
        Type.Array(text, {
          minItems: 1,
          maxItems: 1_000,
          description: 'Only these; what is gone meanwhile is left out.',
        }),
      ),
    ),
    worthwhile: Type.Optional(
      orNull(
        Type.Boolean({
          description: 'Leave those that are past their use, or whose event was delivered since, where they are.',
        }),
      ),
    ),
    limit: Type.Optional(
      orNull(Type.Integer({ minimum: 1, maximum: 1_000, description: 'How many; absent: all that match.' })),
    ),
  },
  { title: 'BulkRedeliverRequest', additionalProperties: false },
)
export const BulkRedelivered = Type.Object(
  {
    redelivered: Type.Integer(),
    failed: Type.Integer(),
    refused: Type.Integer(),
    left: Type.Integer({ description: 'Left where they are, because `worthwhile` was asked for.' }),
    results: Type.Array(
      Type.Object({
        id: text,
        action_id: text,
        outcome: Type.Optional(OutcomeShape),
        error: Type.Optional(Type.Object({ code: text, message: text, retryable: Type.Boolean() })),
      }),
    ),
  },
  { title: 'BulkRedelivered' },
)

// ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export const RuleShape = Type.Object(
  {
    name: text,
    priority: Type.Integer(),
    enabled: Type.Boolean(),
    description: orNull(text),
    switched: orNull(Type.Boolean({ description: 'Set by a switch; null: as the file says.' })),
    condition: Type.String({ description: 'In one line, as a person reads it.' }),
    verdict: text,
    file: text,
    line: Type.Integer(),
    finding: orNull(
      Type.Object(
        { message: text, shadowed_by: orNull(text) },
        {
          description: 'What looks wrong with it, for whoever may see all tenants.',
        },
      ),
    ),
  },
  { title: 'Rule' },
)
export const SwitchBody = Type.Object(
  { enabled: orNull(Type.Boolean({ description: 'null takes the switch back: the file decides again.' })) },
  { title: 'SwitchRequest' },
)
export const SwitchAnswer = Type.Object(
  {
    name: text,
    enabled: Type.Boolean(),
    status: Type.Enum(['enabled', 'disabled']),
    switched: orNull(Type.Boolean()),
  },
  { title: 'SwitchAnswer' },
)
export const Reloaded = Type.Object(
  { loaded: Type.Integer(), reloaded: Type.Integer(), errors: Type.Array(text), directory: text },
  { title: 'Reloaded' },
)

// ── providers ──────────────────────────────────────────────────────────────────────────────────────────────────────
export const ProviderShape = Type.Object(
  { name: text, type: text, can_check: Type.Boolean(), keeps_deliveries: Type.Boolean() },
  { title: 'Provider' },
)
export const CircuitStateShape = Type.Union([Type.Literal('closed'), Type.Literal('open'), Type.Literal('half_open')])
export const CircuitBreakerShape = Type.Object(
  {
    provider: text,
    state: CircuitStateShape,
    since: instant(),
    until: Type.Optional(
      instant('Until when every call is refused; while half open, until when the one that tries may take.'),
    ),
    changed_by: Type.String({ description: 'The node or the caller that changed it.' }),
    reason: Type.Union([Type.Literal('failures'), Type.Literal('probe'), Type.Literal('by_hand')]),
    failure_threshold: Type.Integer({ description: 'The fewest failures that open it: of `minimum_calls` calls.' }),
    success_threshold: Type.Integer({ description: 'Calls that must succeed to close it again: always 1.' }),
    failure_share: Type.Number(),
    minimum_calls: Type.Integer(),
    window_seconds: Type.Number(),
    recovery_timeout_seconds: Type.Number(),
    calls: Type.Integer({ description: 'Of this node, within the window.' }),
    failures: Type.Integer(),
    fallback_provider: Type.Optional(text),
    fallback_chain: Type.Array(text),
  },
  { title: 'CircuitBreaker' },
)
export const CircuitBreakerChange = Type.Object(
  { provider: text, state: CircuitStateShape, message: text },
  { title: 'CircuitBreakerChange' },
)
export const ProviderHealth = Type.Object(
  {
    provider: text,
    healthy: Type.Boolean(),
    health_check_error: Type.Optional(text),
    circuit_breaker_state: Type.Optional(CircuitStateShape),
    total_requests: Type.Integer(),
    successes: Type.Integer(),
    failures: Type.Integer(),
    success_rate: Type.Number({ description: '0 to 100.' }),
    avg_latency_ms: Type.Number(),
    p50_latency_ms: Type.Number(),
    p95_latency_ms: Type.Number(),
    p99_latency_ms: Type.Number(),
    calls_kept: Type.Integer({ description: 'How many calls the latencies are of: the last ones, at most 1,000.' }),
    last_request_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds.' })),
    last_error: Type.Optional(text),
    running: Type.Integer({ description: 'Calls under way.' }),
    waiting: Type.Integer({ description: 'Actions that wait for a call, or for the time of the next one.' }),
    max_concurrent: Type.Integer({ description: 'As many calls are under way at the most.' }),
    max_queue: Type.Integer({ description: 'As many wait at the most; more are refused.' }),
    rate_limit: orNull(Type.Number({ description: 'Calls per second over all nodes; null: any number.' })),
  },
  {
    title: 'ProviderHealth',
    description:
      'As this node sees it, since it started. What became of the actions of a window, on all nodes, is in `GET /v1/figures`.',
  },
)
export const ProviderCheck = Type.Object(
  {
    provider: text,
    healthy: Type.Boolean(),
    duration_ms: Type.Integer(),
    code: Type.Optional(text),
    error: Type.Optional(text),
  },
  { title: 'ProviderCheck' },
)
export const ProviderTestBody = Type.Object(
  {
    namespace: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 256 }))),
    tenant: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 256 }))),
    action_type: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 256 }))),
    payload: Type.Optional(Type.Unknown()),
  },
  { title: 'ProviderTestRequest' },
)
export const ProviderTest = Type.Object(
  {
    provider: text,
    action_id: text,
    success: Type.Boolean(),
    duration_ms: Type.Integer(),
    status: Type.Optional(Type.Integer()),
    code: Type.Optional(text),
    error: Type.Optional(text),
    excerpt: Type.Optional(text),
    response: Type.Optional(Type.Unknown()),
  },
  { title: 'ProviderTest' },
)
export const Delivery = Type.Object(
  {
    at: instant(),
    action_id: text,
    namespace: text,
    tenant: text,
    action_type: text,
    attempt: Type.Integer(),
    idempotency_key: text,
    payload: Type.Unknown(),
    metadata: labels,
    event: Type.Optional(Type.Unknown()),
  },
  { title: 'Delivery' },
)

export type Counters = Static<typeof Counters>
