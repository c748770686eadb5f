import { Type, type Static } from 'typebox'
import { Name } from '../action/action.js'

const INT32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 }

/** A rule as a file has it. `condition` and `action` are checked further, by what they say they are. */
export const RuleEntry = Type.Object(
  {
    name: Name('Unique over all files.'),
    priority: Type.Optional(
      Type.Integer({
        ...INT32,
        default: 0,
        description: 'Lower ones are looked at first; equal ones in the order of the files.',
      }),
    ),
    description: Type.Optional(Type.String({ maxLength: 4_096, description: 'What it is for, for people.' })),
    enabled: Type.Optional(Type.Boolean({ default: true, description: 'Whether it is looked at.' })),
    condition: Type.Optional(
      Type.Unknown({ description: 'When it matches; always, when absent: all, any, not, field, call, or a CEL text.' }),
    ),
    action: Type.Object(
      { type: Type.String() },
      { description: 'What becomes of the action: a verdict and its fields.' },
    ),
    timezone: Type.Optional(Type.String({ description: 'IANA name of the zone of time.*; UTC when absent.' })),
    final: Type.Optional(
      Type.Boolean({ default: false, description: 'After it matches, later rules are not looked at.' }),
    ),
    delivery: Type.Optional(
      Type.Enum(['at_least_once', 'at_most_once'], {
        description: 'at_most_once: an attempt whose end is unknown is never repeated.',
      }),
    ),
    deliver_within_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'When the action stops being useful: no attempt begins later.' }),
    ),
    on_state_error: Type.Optional(
      Type.Enum(['refuse', 'allow'], {
        description: 'For a gate: what happens when the state store is away; the same field of its action says it too.',
      }),
    ),
  },
  { additionalProperties: false, title: 'Rule' },
)
export type RuleEntry = Static<typeof RuleEntry>

/** A file as it would be. */
export const RuleFileChange = Type.Object(
  {
    path: Type.String(),
    text: Type.Union([Type.String(), Type.Null()], { description: 'null: without the file.' }),
  },
  { title: 'RuleFileChange' },
)

export const RuleFile = Type.Object(
  { rules: Type.Array(Type.Unknown(), { description: 'The rules of this file.' }) },
  { additionalProperties: false, title: 'RuleFile' },
)
