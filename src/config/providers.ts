import { Type, type TObject, type TSchema } from 'typebox'
import { orderingProblems } from '../delivery/ordering.js'
import { compile, type Issue } from '../lib/validate.js'
import type { ProviderTerms, ProviderType } from '../providers/provider.js'
import { PROVIDER_TYPES, typeProblem, type ProviderEntry } from '../providers/registry.js'
import { SECRET_NAME } from './secrets.js'

const seconds = (description: string) => Type.Optional(Type.Number({ exclusiveMinimum: 0, description }))

/** The terms of delivery that every `[[providers]]` entry may set for itself. */
export const PROVIDER_COMMON = {
  max_retries: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100, description: 'Attempts after the first; absent: as `[executor]` says.' }),
  ),
  timeout_seconds: seconds('How long one attempt may take; absent: as `[executor]` says.'),
  max_concurrent: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Attempts at the same time on this node; absent: as `[executor]` says.' }),
  ),
  max_queue: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Actions that may wait for it; above: 503 PROVIDER_BUSY. Default 1000.' }),
  ),
  delivery: Type.Optional(
    Type.Enum(['at_least_once', 'at_most_once'], {
      description: '`at_most_once` never repeats an attempt that may have taken effect. Default `at_least_once`.',
    }),
  ),
  deliver_within_seconds: seconds('No attempt begins later than this after the action was taken.'),
  rate_limit: Type.Optional(
    Type.Number({
      minimum: 0.001,
      maximum: 100_000,
      description: 'Calls per second over all nodes; calls above it wait. Absent: as many as come.',
    }),
  ),
  retry_schedule: Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
        errorMessage: 'must be a time span such as "30s", "5m" or "1h30m"',
      }),
      {
        minItems: 1,
        maxItems: 50,
        description: 'When to begin further rounds of attempts, such as `["5s", "5m", "1h"]`, instead of giving up.',
      },
    ),
  ),
  ordering_key: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 16,
      description:
        'Paths such as `payload.order_id`: actions with equal values there are delivered one at a time, in order.',
    }),
  ),
  async: Type.Optional(
    Type.Boolean({
      description: 'Answer `Scheduled` as soon as the action is durable, and deliver it afterwards. Default false.',
    }),
  ),
} as const

const common = {
  name: Type.String({ minLength: 1, maxLength: 256 }),
  type: Type.String(),
  ...PROVIDER_COMMON,
}

/** The schema of a whole entry of one type; unknown names are refused. */
const entrySchema = (type: ProviderType): TSchema =>
  Type.Object({ ...common, ...(type.schema as TObject).properties }, { additionalProperties: false })

/** Compiles the check of one entry per type; a fault is told without the value where the field is a secret. */
export function providerCheck(): (entry: unknown) => { entry?: ProviderEntry; issues: Issue[] } {
  const checks = new Map<string, ReturnType<typeof compile>>()
  const nameAndType = compile(Type.Object({ name: common.name, type: common.type }))
  return (raw) => {
    const named = nameAndType(raw)
    if (!named.ok) return { issues: named.issues }
    const { name, type: typeName } = named.value
    const problem = typeProblem(typeName)
    if (problem !== null) return { issues: [{ path: ['type'], message: problem }] }
    const type = PROVIDER_TYPES.get(typeName)!
    if (!checks.has(typeName)) checks.set(typeName, compile(entrySchema(type)))
    const entry = withDefaults(type.schema, raw as Record<string, unknown>)
    const checked = checks.get(typeName)!(entry)
    if (!checked.ok) return { issues: checked.issues.map((issue) => discreet(issue, type.schema)) }
    const { name: _name, type: _type, ...rest } = entry
    const split = Object.entries(rest)
    const terms = Object.fromEntries(split.filter(([key]) => Object.hasOwn(PROVIDER_COMMON, key))) as ProviderTerms
    const strays = orderingProblems(terms.ordering_key ?? [])
    if (strays.length > 0) return { issues: strays.map(({ at, message }) => ({ path: ['ordering_key', at], message })) }
    const settings = Object.fromEntries(split.filter(([key]) => !Object.hasOwn(PROVIDER_COMMON, key)))
    return { entry: { name, type: typeName, settings, terms }, issues: [] }
  }
}

/** The issue without the value that was found, where that is a secret. */
function discreet(issue: Issue, schema: TSchema): Issue {
  const { properties = {} } = schema as { properties?: Record<string, { secret?: boolean }> }
  const name = String(issue.path[0])
  const secret = SECRET_NAME.test(name) || properties[name]?.secret === true || issue.message.includes('://')
  return secret
    ? { ...issue, message: issue.message.replace(/, found .*$/, ', found something else (not shown)') }
    : issue
}

/** A copy with the schema's defaults in place of what is absent, in sections of sections too. */
export function withDefaults(schema: TSchema, value: Record<string, unknown>): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...value }
  const { properties = {} } = schema as { properties?: Record<string, TSchema> }
  for (const [name, member] of Object.entries(properties)) {
    const { default: fallback, properties: inner } = member as { default?: unknown; properties?: object }
    const given = filled[name]
    if (inner !== undefined && fallback === undefined && isOptional(member) && given === undefined) continue
    if (inner !== undefined && (given === undefined || isPlain(given))) filled[name] = withDefaults(member, given ?? {})
    else if (given === undefined && fallback !== undefined) filled[name] = structuredClone(fallback)
  }
  return filled
}

const isOptional = (schema: TSchema): boolean => '~optional' in schema
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
