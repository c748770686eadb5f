import { Type } from 'typebox'
import type { Action } from '../action/action.js'
import { MISSING } from '../action/paths.js'
import { canonical } from '../lib/json.js'
import type { Given, KnownNames } from '../rules/verdict.js'

/** Fields that several verdicts have. */
export const Seconds = (description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000, description: `${description} Fractions are allowed.` })

export const Paths = (description: string) => Type.Array(Type.String(), { minItems: 1, maxItems: 32, description })

export const OnStateError = Type.Optional(
  Type.Enum(['refuse', 'allow'], {
    default: 'refuse',
    description: 'What happens when the state store cannot be asked: refuse with 503, or let it pass, on record.',
  }),
)

/** What is wrong with a list of paths, a sentence per wrong one. */
export const pathProblems = <F extends string>(
  field: F,
  paths: string[],
  { path }: KnownNames,
): { field: F; at: number; message: string }[] =>
  paths.flatMap((text, at) => {
    const compiled = path(text)
    return 'problem' in compiled ? [{ field, at, message: compiled.problem }] : []
  })

/** Paths with the values found there, typed: 1 is not "1", and a missing value is neither. */
export const typedValues = (paths: string[], action: Action, { path }: Pick<Given, 'path'>): string[] =>
  paths.flatMap((text) => {
    const { name, read } = path(text)
    const value = read(action)
    return [name, value === MISSING ? 'missing' : `=${canonical(value)}`]
  })
