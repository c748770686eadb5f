import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { nearest } from './suggest.js'

/** One thing that is wrong with a value: where, what was found, what was expected. */
export interface Issue {
  /** Steps from the root to the offending value: `['rules', 0, 'action', 'ttl_seconds']`. */
  path: (string | number)[]
  /** A sentence without the place: `expected a number above 0, found "ten"`. */
  message: string
  /** For an unknown name: the one that was probably meant. */
  suggestion?: string
}

export type Validated<T> = { ok: true; value: T } | { ok: false; issues: Issue[] }

const ajv = new Ajv({ allErrors: true, strict: false, discriminator: true, verbose: true, coerceTypes: false })
ajv.addFormat('date-time', (text: string) => RFC3339.test(text) && !Number.isNaN(Date.parse(text)))

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Whether a text is an instant of RFC 3339. */
export const isInstant = (text: string): boolean => RFC3339.test(text) && !Number.isNaN(Date.parse(text))

/**
 * Compiles a schema once into a check, when it is first used: a command uses few of them. The value is neither changed
 * nor coerced. Alternatives (`anyOf`) report the branch that came nearest.
 */
export function compile<S extends TSchema>(schema: S): (value: unknown) => Validated<Static<S>> {
  let compiled: ValidateFunction | undefined
  return (value) => {
    const check = (compiled ??= ajv.compile(schema))
    if (check(value)) return { ok: true, value: value as Static<S> }
    return { ok: false, issues: issuesOf(check.errors ?? []) }
  }
}

function issuesOf(errors: ErrorObject[]): Issue[] {
  const issues: Issue[] = []
  const seen = new Set<string>()
  const deepest = Math.max(...errors.map((e) => e.instancePath.split('/').length))
  for (const error of errors) {
    // An alternative that failed at the top says less than the branch that got furthest.
    if ((error.keyword === 'anyOf' || error.keyword === 'oneOf') && errors.length > 1) continue
    if (
      error.schemaPath.includes('/anyOf/') &&
      error.instancePath.split('/').length < deepest &&
      error.keyword === 'type'
    )
      continue
    const issue = issueOf(error)
    const id = `${issue.path.join('/')} ${issue.message}`
    if (!seen.has(id)) issues.push(issue)
    seen.add(id)
  }
  return issues.length > 0 ? issues : errors.slice(0, 1).map(issueOf)
}

function issueOf(error: ErrorObject): Issue {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
  const found = describe(error.data)
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty'])
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
      const suggestion = nearest(name, known)
      const hint = suggestion !== undefined ? `; did you mean "${suggestion}"?` : `; known here: ${known.join(', ')}`
      return {
        path: [...path, name],
        message: `unknown name "${name}"${hint}`,
        ...(suggestion !== undefined && { suggestion }),
      }
    }
    case 'required':
      return { path, message: `"${String(params['missingProperty'])}" is missing` }
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String)
      const suggestion = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined
      return {
        path,
        message: `expected one of ${allowed.join(', ')}, found ${found}${suggestion !== undefined ? `; did you mean "${suggestion}"?` : ''}`,
        ...(suggestion !== undefined && { suggestion }),
      }
    }
    case 'const':
      return { path, message: `expected ${JSON.stringify(params['allowedValue'])}, found ${found}` }
    case 'type':
      return { path, message: `expected ${article(String(params['type']))}, found ${found}` }
    case 'format':
      return { path, message: `expected a time of RFC 3339 such as "2026-01-31T09:30:00Z", found ${found}` }
    case 'minLength':
    case 'maxLength':
    case 'pattern':
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'minItems':
    case 'maxItems':
    default:
      return { path, message: `${wording(error)}, found ${found}` }
  }
}

function wording({ keyword, params, message, parentSchema }: ErrorObject): string {
  const p = params as { limit?: number; pattern?: string }
  const explained = (parentSchema as { errorMessage?: string } | undefined)?.errorMessage
  if (explained !== undefined) return explained
  switch (keyword) {
    case 'minLength':
      return p.limit === 1 ? 'must not be empty' : `must have at least ${p.limit} characters`
    case 'maxLength':
      return `must have at most ${p.limit} characters`
    case 'minItems':
      return `must have at least ${p.limit} item${p.limit === 1 ? '' : 's'}`
    case 'maxItems':
      return `must have at most ${p.limit} items`
    case 'minimum':
      return `must be at least ${p.limit}`
    case 'maximum':
      return `must be at most ${p.limit}`
    case 'exclusiveMinimum':
      return `must be above ${p.limit}`
    default:
      return message ?? 'is not valid'
  }
}

const article = (type: string): string =>
  type
    .split(',')
    .map((one) => (/^[aeio]/.test(one) ? `an ${one}` : one === 'null' ? 'null' : `a ${one}`))
    .join(' or ')

/** A found value in a sentence: its kind and, when short, itself. Long texts are cut at 60 characters. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** `rules[0].action.ttl_seconds`, for a reader. */
export const pathText = (path: (string | number)[]): string =>
  path.reduce<string>(
    (text, step) => text + (typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`),
    '',
  )
