import { CALLS } from './calls.js'
import { OPERATORS, type OperatorName } from './operators.js'
import { RuleEntry, RuleFile } from './schema.js'
import type { Verdict } from './verdict.js'

type Schema = Record<string, unknown>

/** When each operator is true, for people. */
const TRUE_WHEN: Record<OperatorName, string> = {
  eq: 'Equal; "5" is not 5.',
  ne: 'Not equal, or missing.',
  gt: 'Greater: two numbers, or two times.',
  gte: 'Greater or equal.',
  lt: 'Less: two numbers, or two times.',
  lte: 'Less or equal.',
  contains: 'A substring, or an element of a list.',
  starts_with: 'A text that begins so.',
  ends_with: 'A text that ends so.',
  regex: 'RE2 finds it.',
  matches: 'The same as regex.',
  in: 'One of a list.',
  in_list: 'The same as in.',
  exists: 'true: there is a value; false: there is none.',
}

/** Paths that every action has, or may have. */
const PATHS = [
  ...[
    'action_type',
    'provider',
    'tenant',
    'namespace',
    'payload.',
    'metadata.',
    'status',
    'fingerprint',
    'dedup_key',
  ].map((name) => `action.${name}`),
  ...['hour', 'minute', 'weekday', 'weekday_num', 'day', 'month'].map((name) => `time.${name}`),
]

const describedAs = (schema: object): Schema => ({ description: (schema as { description?: string }).description })
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` })
const closed = (properties: Schema, required: string[], description: string): Schema => ({
  type: 'object',
  description,
  properties,
  required,
  additionalProperties: false,
})

/**
 * Rule files as JSON Schema (2020-12), for editors: names, values and what they mean. What a file says is checked further
 * when it is loaded: paths, providers and state machines are not in it.
 */
export function ruleFileSchema(verdicts: readonly Verdict[]): Schema {
  const operators = Object.fromEntries(OPERATORS.map((name) => [name, { description: TRUE_WHEN[name] }]))
  const some = { type: 'array', minItems: 1, items: ref('condition') }
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...RuleFile,
    properties: { rules: { ...RuleFile.properties.rules, items: ref('rule') } },
    $defs: {
      rule: {
        ...RuleEntry,
        properties: { ...RuleEntry.properties, condition: ref('condition'), action: ref('action') },
      },
      condition: {
        ...describedAs(RuleEntry.properties.condition),
        anyOf: [
          { const: true, description: 'Always.' },
          { type: 'string', description: 'A CEL text.' },
          closed({ all: { ...some, description: 'Every one holds.' } }, ['all'], 'Every one holds.'),
          closed({ any: { ...some, description: 'At least one holds.' } }, ['any'], 'At least one holds.'),
          closed({ not: { ...ref('condition'), description: 'It does not hold.' } }, ['not'], 'It does not hold.'),
          closed(
            {
              field: {
                type: 'string',
                examples: PATHS,
                description: 'A path: action.payload.severity, metadata.env, time.hour.',
              },
              ...operators,
            },
            ['field'],
            'A field and an operator.',
          ),
          closed(
            {
              call: { type: 'string', examples: [...CALLS.keys()], description: 'A function.' },
              args: { type: 'array', description: 'Paths are read, what is quoted is itself.' },
              ...operators,
            },
            ['call'],
            'A function, and an operator for what it answers.',
          ),
        ],
      },
      action: {
        ...describedAs(RuleEntry.properties.action),
        oneOf: verdicts.flatMap(({ type, aliases = [], describes, schema: { properties, required = [] } }) =>
          [type, ...aliases].map((word) =>
            closed({ type: { const: word, description: describes }, ...properties }, ['type', ...required], describes),
          ),
        ),
      },
    },
  }
  return JSON.parse(JSON.stringify(schema)) as Schema
}
