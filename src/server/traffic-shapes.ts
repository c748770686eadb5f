import { Type } from 'typebox'
import { Result } from './results.js'
import { Moment, orNull, ScopeQuery } from './shapes.js'

/** Shapes of figures, counts and what needs a look. */

const text = Type.String()
const int = Type.Integer()
const instant = Type.String({ format: 'date-time' })
const scannedTo = orNull(
  Type.String({
    format: 'date-time',
    description:
      'null: everything was counted. Else the count hit its bound (100,000 records or 2 s) and looked back to here: there are at least so many.',
  }),
)

/** What pages ask lists and figures with. */
export const TrafficQuery = {
  ...ScopeQuery,
  q: Type.Optional(Type.String({ maxLength: 2_000, description: 'A filter text, as for `GET /v1/actions`.' })),
  from: Type.Optional(Moment('Arrived then or later; an hour before `to` when absent. Also back from now: `-6h`.')),
  to: Type.Optional(Moment('Arrived before; now when absent.')),
}

const ResultCounts = Type.Object(
  { delivered: int, 'held back': int, waiting: int, broken: int },
  { title: 'ResultCounts' },
)
const counts = { count: int, results: ResultCounts }
const Usual = Type.Object(counts, {
  title: 'Usual',
  description: 'The median of the same hours on the last seven days, each number by itself.',
})
const UsualTotals = Type.Object(
  {
    ...counts,
    shares: orNull(
      Type.Object(
        { delivered: Type.Number(), 'held back': Type.Number(), waiting: Type.Number(), broken: Type.Number() },
        { description: 'The median share of each result, from 0 to 1. null: on no day was there anything.' },
      ),
    ),
  },
  { title: 'UsualTotals', description: 'The median of the same hours on the last seven days, each number by itself.' },
)
const Totals = Type.Object({ total: int, results: ResultCounts, outcomes: Type.Record(text, int) }, { title: 'Totals' })
const Share = Type.Object(
  {
    name: orNull(Type.String({ description: 'null: no rule decided.' })),
    count: int,
    results: ResultCounts,
    p50_ms: orNull(
      Type.Integer({
        description:
          'From arrival to outcome, of what was delivered or is broken: the upper bound of a bucket. null: longer than all, or there is none.',
      }),
    ),
    p95_ms: orNull(int),
    usual: orNull(Usual),
  },
  { title: 'Share' },
)

export const Figures = Type.Object(
  {
    from: instant,
    to: instant,
    bucket_minutes: int,
    now: Totals,
    before: orNull(Totals),
    usual: orNull(UsualTotals),
    buckets: Type.Array(Type.Object({ at: instant, results: ResultCounts }), {
      description: 'Those in which something arrived.',
    }),
    flow: Type.Array(
      Type.Object({
        action_type: orNull(text),
        rule: orNull(text),
        other_rules: Type.Boolean({ description: 'The rule stands for several that are too few to be told apart.' }),
        outcome: text,
        result: Result,
        provider: orNull(
          Type.String({ description: 'The one that took it, else the one that it was planned for; null: several.' }),
        ),
        count: int,
        before: orNull(Type.Integer({ description: 'Of the same in the window before.' })),
      }),
      {
        description:
          'Weightiest first; the counts add up to `now.total`. What went only in the window before has the count 0.',
      },
    ),
    providers: Type.Array(Share),
    rules: Type.Array(Share),
    scanned_to: scannedTo,
  },
  { title: 'Figures' },
)

export const ChipCounts = Type.Object(
  {
    total: orNull(
      Type.Integer({
        description:
          'Exact for type, rule, outcome, result, provider, tenant and ns over whole minutes (`to` absent: until now), else to 10,000, and null beyond; so are the others.',
      }),
    ),
    all: orNull(Type.Integer({ description: 'Without the filter.' })),
    chips: Type.Array(
      Type.Object({
        text: Type.String({ description: 'The term as it is written.' }),
        alone: orNull(Type.Integer({ description: 'What passes this term alone.' })),
        without: orNull(Type.Integer({ description: 'What would pass if this term were dropped.' })),
      }),
      { description: 'In the order of the filter.' },
    ),
    scanned_to: scannedTo,
  },
  { title: 'ChipCounts' },
)

export const Facets = Type.Object(
  {
    key: text,
    values: Type.Array(Type.Object({ value: text, count: int }), { description: 'At most 20, weightiest first.' }),
    more: Type.Boolean(),
    scanned_to: scannedTo,
  },
  { title: 'Facets' },
)

const Upto = Type.Object(
  { count: int, more: Type.Boolean({ description: 'There are more: 1,000 are looked at.' }) },
  { title: 'Upto' },
)

/** Worst first. */
export const SEVERITIES = ['broken', 'waiting', 'held back'] as const
/** Of the same severity, what explains most comes first. */
export const ATTENTION_KINDS = [
  'circuit',
  'provider',
  'health',
  'dead_letters',
  'broken',
  'reload',
  'events',
  'timeouts',
  'rule',
] as const

export const Attention = Type.Object(
  {
    at: instant,
    items: Type.Array(
      Type.Object({
        kind: Type.Enum([...ATTENTION_KINDS]),
        severity: Type.Enum([...SEVERITIES]),
        sentence: text,
        detail: orNull(text),
        count: orNull(int),
        since: orNull(instant),
        link: Type.Object(
          {
            page: Type.Enum(['actions', 'providers', 'dead-letters', 'events', 'rules', 'settings']),
            q: Type.Optional(Type.String({ description: 'The filter of the list behind it.' })),
            item: Type.Optional(Type.String({ description: 'The provider or rule that it is about.' })),
            from: Type.Optional(instant),
            to: Type.Optional(instant),
            code: Type.Optional(Type.String({ description: 'Of dead letters: their error code.' })),
          },
          { description: 'Where it is looked at.' },
        ),
      }),
      { description: 'Worst first, at most 20.' },
    ),
    counts: Type.Object(
      {
        events: Upto,
        providers: orNull(Upto),
        dead_letters: Upto,
      },
      {
        description:
          'Active events that nobody moved since they opened, or only time did; providers that are not up, on this node (null: you may not see them); dead letters.',
      },
    ),
    last_broken: orNull(
      Type.String({
        format: 'date-time',
        description: 'When the last broken action arrived; told when there is no item.',
      }),
    ),
  },
  { title: 'Attention' },
)
