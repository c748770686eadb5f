import { RE2JS } from 're2js'
import { MISSING, type Found } from '../action/paths.js'
import { canonical, type Json } from '../lib/json.js'
import { describe, isInstant } from '../lib/validate.js'
import { RuleError } from './scene.js'

/** A value against an operand. `note` says why it cannot be true when that is not plain. */
export interface Comparison {
  result: boolean
  note?: string
}

export interface Operator {
  name: OperatorName
  /** The operand as a condition's display shows it. */
  operand: string
  compare(found: Found): Comparison
}

const MAX_PATTERN_BYTES = 512
const MAX_REGEX_INPUT_BYTES = 65_536

export const OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'contains',
  'starts_with',
  'ends_with',
  'regex',
  'matches',
  'in',
  'in_list',
  'exists',
] as const
export type OperatorName = (typeof OPERATORS)[number]

const yes: Comparison = { result: true }
const no: Comparison = { result: false }
const missing: Comparison = { result: false, note: 'the field is missing' }
const because = (note: string): Comparison => ({ result: false, note })

/** Numbers as numbers, texts as texts: 5 is not "5". Lists and objects are equal when they are the same JSON. */
export const equal = (a: Json, b: Json): boolean =>
  a === b ||
  (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && canonical(a) === canonical(b))

const kind = (value: Json): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'string' ? 'a text' : `a ${typeof value}`

/**
 * Compiles an operator with its operand.
 * @returns the operator, or a sentence on what is wrong with the operand
 */
export function compileOperator(name: OperatorName, operand: Json): Operator | { problem: string } {
  const compare = comparisonOf(name, operand)
  if ('problem' in compare) return compare
  const shown = typeof operand === 'object' && operand !== null ? canonical(operand) : JSON.stringify(operand)
  return { name, operand: shown, compare: compare.compare }
}

function comparisonOf(name: OperatorName, operand: Json): { compare(found: Found): Comparison } | { problem: string } {
  switch (name) {
    case 'eq':
      return { compare: (found) => (found === MISSING ? missing : compareEqual(found, operand)) }
    case 'ne':
      return { compare: (found) => (found === MISSING || !equal(found, operand) ? yes : no) }
    case 'gt':
      return ordering(operand, (order) => order > 0)
    case 'gte':
      return ordering(operand, (order) => order >= 0)
    case 'lt':
      return ordering(operand, (order) => order < 0)
    case 'lte':
      return ordering(operand, (order) => order <= 0)
    case 'contains':
      return {
        compare(found) {
          if (found === MISSING) return missing
          if (Array.isArray(found)) return found.some((item) => equal(item, operand)) ? yes : no
          if (typeof found !== 'string') return because(`${kind(found)} contains nothing; a text or a list would`)
          return typeof operand === 'string' && found.includes(operand) ? yes : no
        },
      }
    case 'starts_with':
      return textual(operand, (found, text) => found.startsWith(text))
    case 'ends_with':
      return textual(operand, (found, text) => found.endsWith(text))
    case 'regex':
    case 'matches':
      return regular(operand)
    case 'in':
    case 'in_list':
      if (!Array.isArray(operand)) return { problem: `expected a list, found ${describe(operand)}` }
      return {
        compare: (found) => (found === MISSING ? missing : operand.some((item) => equal(item, found)) ? yes : no),
      }
    case 'exists':
      if (typeof operand !== 'boolean') return { problem: `expected true or false, found ${describe(operand)}` }
      return { compare: (found) => ((found !== MISSING) === operand ? yes : no) }
  }
}

function compareEqual(found: Json, operand: Json): Comparison {
  if (equal(found, operand)) return yes
  return typeof found === typeof operand || found === null || operand === null
    ? no
    : because(`${kind(found)} is not ${kind(operand)}`)
}

function ordering(
  operand: Json,
  holds: (order: number) => boolean,
): { compare(found: Found): Comparison } | { problem: string } {
  if (typeof operand === 'number')
    return {
      compare(found) {
        if (found === MISSING) return missing
        if (typeof found !== 'number') return because(`${kind(found)} has no order with a number`)
        return holds(found - operand) ? yes : no
      },
    }
  if (typeof operand === 'string' && isInstant(operand)) {
    const at = Date.parse(operand)
    return {
      compare(found) {
        if (found === MISSING) return missing
        if (typeof found !== 'string' || !isInstant(found)) return because('it is no time of RFC 3339')
        return holds(Date.parse(found) - at) ? yes : no
      },
    }
  }
  return { problem: `expected a number or a time of RFC 3339, found ${describe(operand)}` }
}

function textual(
  operand: Json,
  holds: (found: string, text: string) => boolean,
): { compare(found: Found): Comparison } | { problem: string } {
  if (typeof operand !== 'string') return { problem: `expected a text, found ${describe(operand)}` }
  return {
    compare(found) {
      if (found === MISSING) return missing
      if (typeof found !== 'string') return because(`${kind(found)} is not a text`)
      return holds(found, operand) ? yes : no
    },
  }
}

/** @throws RuleError for a text that is too long for a pattern to be tried on */
export function refuseLongText(text: string): void {
  if (text.length * 3 > MAX_REGEX_INPUT_BYTES && Buffer.byteLength(text) > MAX_REGEX_INPUT_BYTES)
    throw new RuleError(`a text is longer than the ${MAX_REGEX_INPUT_BYTES} bytes that a pattern is tried on`)
}

/** Compiles a pattern of RE2, or says what is wrong with it. */
export function compilePattern(text: string): RE2JS | { problem: string } {
  if (Buffer.byteLength(text) > MAX_PATTERN_BYTES)
    return { problem: `the pattern is longer than ${MAX_PATTERN_BYTES} bytes` }
  try {
    return RE2JS.compile(text)
  } catch (error) {
    return { problem: `not a pattern of RE2 (no look-around, no back-references): ${(error as Error).message}` }
  }
}

/** RE2 syntax, searched anywhere in the text, in time linear in its length (Cox 2007). */
function regular(operand: Json): { compare(found: Found): Comparison } | { problem: string } {
  if (typeof operand !== 'string') return { problem: `expected a pattern, found ${describe(operand)}` }
  const pattern = compilePattern(operand)
  if ('problem' in pattern) return pattern
  return {
    compare(found) {
      if (found === MISSING) return missing
      if (typeof found !== 'string') return because(`${kind(found)} is not a text`)
      refuseLongText(found)
      return pattern.test(found) ? yes : no
    },
  }
}
