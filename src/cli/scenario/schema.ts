import { Type, type Static } from 'typebox'

/**
 * A test of rules: actions in order, on a clock of its own, and what is expected of each. Gates, groups and events hold
 * from one step to the next. Nothing is sent: every provider only records.
 */

const closed = { additionalProperties: false }
const Subset = Type.Unknown({ description: 'What must be in it; more may be.' })

const Sent = Type.Object(
  {
    provider: Type.Optional(Type.String({ description: 'Who got it.' })),
    action_type: Type.Optional(Type.String()),
    payload: Type.Optional(Subset),
  },
  closed,
)

export const Expectation = Type.Object(
  {
    outcome: Type.Optional(Type.String({ description: '`executed` or `Executed`, `suppressed`, `deduplicated`, …' })),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Fields of the outcome.' })),
    verdict: Type.Optional(Type.String({ description: 'What decided: `allow`, `reroute`, `throttle`, …' })),
    matched_rule: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: 'The rule that decided; `null`: none.' }),
    ),
    matched_rules: Type.Optional(Type.Array(Type.String(), { description: 'Every rule that matched, in order.' })),
    provider: Type.Optional(Type.String({ description: 'The provider after all rules.' })),
    payload: Type.Optional(Type.Unknown({ description: 'What must be in the payload that was sent; more may be.' })),
    gates: Type.Optional(
      Type.Record(Type.String(), Type.Enum(['pass', 'refuse']), {
        description: 'By rule: whether its gate let it pass.',
      }),
    ),
    sent: Type.Optional(Type.Array(Sent, { description: 'All that was sent in this step, in order; `[]`: nothing.' })),
    calls: Type.Optional(
      Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
        description: 'How many calls a provider got in this step.',
      }),
    ),
  },
  closed,
)
export type Expectation = Static<typeof Expectation>

export const Step = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'What this step shows.' })),
    advance: Type.Optional(
      Type.String({
        pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
        errorMessage: 'expected a duration such as 30s, 5m or 1h30m',
        description: 'Time that passes first: `30s`, `5m`, `2h`. What comes due meanwhile happens.',
      }),
    ),
    action: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'The action to dispatch, over `defaults`.' }),
    ),
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: 'How often; `expect` holds for each.' }),
    ),
    expect: Type.Optional(Expectation),
  },
  closed,
)
export type Step = Static<typeof Step>

const Failing = Type.Object(
  {
    fails: Type.Enum(['execution', 'timeout', 'connection', 'rate_limited', 'configuration', 'ambiguous', 'rejected'], {
      description: 'How it fails.',
    }),
    first: Type.Optional(Type.Integer({ minimum: 1, description: 'Only the first calls; absent: all.' })),
  },
  closed,
)

export const TestFile = Type.Object(
  {
    rules: Type.String({ minLength: 1, description: 'A rule file, or a directory of them; relative to this file.' }),
    config: Type.Optional(
      Type.String({ minLength: 1, description: 'acteon.toml: its state machines, and the names of its providers.' }),
    ),
    clock: Type.Optional(Type.String({ format: 'date-time', description: 'When it begins.' })),
    defaults: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Fields that every action has unless it says otherwise.',
      }),
    ),
    providers: Type.Optional(
      Type.Record(Type.String(), Failing, { description: 'Providers that fail on purpose; all others succeed.' }),
    ),
    steps: Type.Array(Step, { minItems: 1 }),
  },
  closed,
)
export type TestFile = Static<typeof TestFile>
