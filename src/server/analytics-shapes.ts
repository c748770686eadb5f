import { Type } from 'typebox'
import { Moment, orNull, ScopeQuery } from './shapes.js'

/** Shapes of what is summed up over days: analytics and how far the rules reach. */

const text = Type.String()
const int = Type.Integer()
const instant = Type.String({ format: 'date-time' })

export const METRICS = ['volume', 'outcome_breakdown', 'top_action_types', 'latency', 'error_rate'] as const
export const INTERVALS = ['hourly', 'daily', 'weekly', 'monthly'] as const
/** What buckets can be told apart by. */
export const GROUPS = ['namespace', 'tenant', 'provider', 'action_type', 'outcome', 'rule'] as const
const metric = Type.Enum([...METRICS])
const interval = Type.Enum([...INTERVALS])

export const AnalyticsQuery = {
  metric,
  ...ScopeQuery,
  provider: Type.Optional(text),
  action_type: Type.Optional(text),
  outcome: Type.Optional(Type.String({ description: 'Its word, such as `state_changed`.' })),
  interval: Type.Optional(
    Type.Enum([...INTERVALS], { description: '`daily` when absent; times are UTC, weeks begin on Monday.' }),
  ),
  from: Type.Optional(Moment('Arrived then or later; 7 days before `to` when absent. Also back from now: `-30d`.')),
  to: Type.Optional(Moment('Arrived before; now when absent.')),
  group_by: Type.Optional(
    Type.Enum([...GROUPS], { description: '`outcome_breakdown` is told apart by outcome when absent.' }),
  ),
  top_n: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'How many groups are told apart; 10 when absent.' }),
  ),
}
export const Analytics = Type.Object(
  {
    metric,
    interval,
    from: instant,
    to: instant,
    buckets: Type.Array(
      Type.Object({
        timestamp: Type.String({ format: 'date-time', description: 'Where its hour, day, week or month begins.' }),
        count: int,
        group: Type.Optional(Type.String({ description: '`(other)`: what is beyond the `top_n` heaviest.' })),
        avg_duration_ms: Type.Optional(Type.Number()),
        p50_duration_ms: Type.Optional(
          Type.Number({ description: 'The upper bound of a bucket of durations; absent: longer than 30 s.' }),
        ),
        p95_duration_ms: Type.Optional(Type.Number()),
        p99_duration_ms: Type.Optional(Type.Number()),
        error_rate: Type.Optional(Type.Number({ description: '0 to 1: what became broken, of all.' })),
      }),
      { description: 'Oldest first; those in which something arrived.' },
    ),
    top_entries: Type.Optional(
      Type.Array(
        Type.Object({ label: text, count: int, percentage: Type.Number({ description: '0 to 100, of all.' }) }),
      ),
    ),
    total_count: int,
  },
  { title: 'Analytics' },
)

export const CoverageQuery = {
  ...ScopeQuery,
  from: Type.Optional(Moment('Arrived then or later; 7 days before `to` when absent. Also back from now: `-30d`.')),
  to: Type.Optional(Moment('Arrived before; now when absent.')),
}
export const Coverage = Type.Object(
  {
    scanned_from: instant,
    scanned_to: instant,
    oldest: orNull(Type.String({ format: 'date-time', description: 'The day of the oldest action that was counted.' })),
    total_actions: int,
    unique_combinations: Type.Integer({ description: 'Of namespace, tenant, provider and kind of action.' }),
    fully_covered: Type.Integer({ description: 'Combinations of which rules decided every action.' }),
    partially_covered: int,
    uncovered: int,
    rules_loaded: int,
    entries: Type.Array(
      Type.Object({
        namespace: text,
        tenant: text,
        provider: text,
        action_type: text,
        total: int,
        covered: int,
        uncovered: int,
        matched_rules: Type.Array(text, { description: 'That decided.' }),
      }),
      { description: 'Those with the most actions that no rule decided first; at most 1,000.' },
    ),
    unmatched_rules: Type.Array(text, {
      description:
        'Rules that are on and matched nothing. A rule that may match without deciding is looked for in records, at most 20,000 of them or for 1 s; it is left out where that was not enough.',
    }),
  },
  { title: 'RuleCoverage' },
)

export const RuleActivity = Type.Object(
  {
    from: instant,
    to: instant,
    bucket_minutes: int,
    total: Type.Integer({ description: 'Actions that arrived.' }),
    rules: Type.Array(
      Type.Object({
        name: text,
        count: int,
        buckets: Type.Array(int, { description: 'How many it decided in each part of the window, oldest first.' }),
      }),
      { description: 'Rules that decided something.' },
    ),
  },
  { title: 'RuleActivity' },
)
