import { MISSING, type Found } from '../action/paths.js'
import type { Json } from '../lib/json.js'
import { isInstant } from '../lib/validate.js'
import { CALLS } from './calls.js'
import type { Condition, Shape } from './condition.js'
import type { Operator } from './operators.js'
import { WEEKDAYS } from './time.js'

/** One predicate of a condition, or its opposite. */
export interface Literal {
  display: string
  shape: Exclude<Shape, { kind: 'always' | 'all' | 'any' | 'not' }>
  negated: boolean
}
/** Literals that hold together. */
export type Conjunction = Literal[]
type FieldLiteral = Literal & { shape: { kind: 'field' } }

/** So many alternatives are looked at; what has more is not judged. */
const MAX_ALTERNATIVES = 64

/**
 * A condition (or its opposite) as alternatives, one of which holds when it does: its disjunctive form. Where that would
 * be too large, parts of conjunctions are left out, so that the alternatives are at most too weak.
 * @returns null when there are too many
 */
export function alternatives({ display, shape }: Condition, negated = false): Conjunction[] | null {
  switch (shape.kind) {
    case 'always':
      return negated ? [] : [[]]
    case 'not':
      return alternatives(shape.of, !negated)
    case 'all':
    case 'any': {
      const parts = shape.of.map((part) => alternatives(part, negated))
      if ((shape.kind === 'all') !== negated) return parts.reduce(both, [[]])
      return parts.reduce<Conjunction[] | null>((sum, part) => {
        if (sum === null || part === null || sum.length + part.length > MAX_ALTERNATIVES) return null
        return [...sum, ...part]
      }, [])
    }
    default:
      return [[{ display, shape, negated }]]
  }
}

/** What holds when both do; where that would be too large, what holds when the first does. */
function both(first: Conjunction[] | null, second: Conjunction[] | null): Conjunction[] | null {
  if (first === null || second === null) return first ?? second
  if (first.length * second.length > MAX_ALTERNATIVES) return first
  return first.flatMap((one) => second.map((other) => [...one, ...other]))
}

/**
 * Why no alternative can hold, told of the first; null when one may. It is sound: what it calls impossible holds for no
 * action at any time. It is not complete: what is impossible for deeper reasons is not seen.
 */
export function impossible(alternatives: Conjunction[] | null): string | null {
  let first: string | null = null
  for (const one of alternatives ?? [[]]) {
    const why = contradiction(one)
    if (why === null) return null
    first ??= why
  }
  return first ?? 'it is the opposite of what always holds'
}

/** The alternatives that may hold, as far as can be seen; null when there are too many to look at. */
export const possible = (alternatives: Conjunction[] | null): Conjunction[] | null =>
  alternatives?.filter((one) => contradiction(one) === null) ?? null

/** Whether what may hold by itself cannot hold together with more; sound, and quick enough for every pair of rules. */
export const excludes = (known: Conjunction, more: Conjunction): boolean =>
  more.some(({ shape, display, negated }) => {
    if (shape.kind !== 'field')
      return isRepeatable(shape) && known.some((one) => one.display === display && one.negated !== negated)
    const onPath = ({ shape: other }: Literal): boolean => other.kind === 'field' && other.path === shape.path
    const about = known.filter(onPath) as FieldLiteral[]
    return about.length > 0 && isEmpty(shape.path, [...about, ...(more.filter(onPath) as FieldLiteral[])])
  })

function contradiction(literals: Conjunction): string | null {
  const byPath = new Map<string, FieldLiteral[]>()
  const opaque = new Map<string, boolean>()
  for (const literal of literals) {
    const { shape, display, negated } = literal
    if (shape.kind === 'field') {
      const same = byPath.get(shape.path)
      if (same === undefined) byPath.set(shape.path, [literal as FieldLiteral])
      else same.push(literal as FieldLiteral)
    } else if (isRepeatable(shape)) {
      if (opaque.get(display) === !negated) return `${display} cannot be both true and false`
      opaque.set(display, negated)
    }
  }
  for (const [path, about] of byPath) {
    if (!isEmpty(path, about)) continue
    const alone = about.find((one) => isEmpty(path, [one]))
    return alone === undefined ? `${about.map(textOf).join(' and ')} cannot hold together` : aloneText(path, alone)
  }
  return null
}

/** Whether it comes to the same each time within one plan: what a registered function answers may change. */
const isRepeatable = (shape: Shape): boolean =>
  shape.kind === 'call' ? CALLS.has(shape.name) : shape.kind === 'cel' && !callsOthers(shape.text)

const CEL_FUNCTIONS = new Set(
  (
    'has size contains startsWith endsWith matches all exists exists_one map filter int uint double string bool in ' +
    'timestamp duration type lowerAscii upperAscii trim getFullYear getMonth getDate getDayOfMonth getDayOfWeek ' +
    'getDayOfYear getHours getMinutes getSeconds getMilliseconds'
  ).split(' '),
)

const callsOthers = (text: string): boolean =>
  [...text.matchAll(/([A-Za-z_]\w*)\s*\(/g)].some(([, name]) => !CEL_FUNCTIONS.has(name!) && !CALLS.has(name!))

const textOf = ({ display, negated }: Literal): string => (negated ? `not (${display})` : display)

function aloneText(path: string, literal: FieldLiteral): string {
  const domain = TIME_DOMAINS[path]
  const what = path.startsWith('metadata.')
    ? 'a label is always a text'
    : domain !== undefined
      ? `${path} is ${domain.length > 7 ? `${String(domain[0])} to ${String(domain.at(-1))}` : domain.join(', ')}`
      : path.startsWith('time.')
        ? `${path} is always a number`
        : path.startsWith('payload')
          ? 'nothing is so'
          : `${path} is ${kindsAt(path).has('missing') ? 'a text or missing' : 'always a text'}`
  return `${textOf(literal)} never holds: ${what}`
}

type Kind = 'missing' | 'null' | 'boolean' | 'number' | 'string' | 'list' | 'object'
const ALL_KINDS: readonly Kind[] = ['missing', 'null', 'boolean', 'number', 'string', 'list', 'object']

const kindOf = (value: Found): Kind =>
  value === MISSING
    ? 'missing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'list'
        : (typeof value as 'boolean' | 'number' | 'string' | 'object')

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const TIME_DOMAINS: Readonly<Record<string, readonly Json[]>> = {
  'time.hour': range(0, 23),
  'time.minute': range(0, 59),
  'time.second': range(0, 59),
  'time.day': range(1, 31),
  'time.month': range(1, 12),
  'time.weekday_num': range(1, 7),
  'time.weekday': WEEKDAYS,
}

const REQUIRED = new Set(['namespace', 'tenant', 'provider', 'action_type', 'id', 'created_at'])

/** What kinds of values can be at a path. */
function kindsAt(path: string): Set<Kind> {
  if (path === 'payload') return new Set(ALL_KINDS.slice(1))
  if (path.startsWith('payload.')) return new Set(ALL_KINDS)
  if (path.startsWith('time.')) return new Set([path === 'time.weekday' ? 'string' : 'number'])
  return new Set(REQUIRED.has(path) ? ['string'] : ['string', 'missing'])
}

/** Whether no value can be at a path for which all the literals hold. */
function isEmpty(path: string, literals: FieldLiteral[]): boolean {
  const candidates = TIME_DOMAINS[path] ?? listed(literals)
  const kinds = kindsAt(path)
  const noneOf = (values: readonly Found[]): boolean =>
    !values.some((value) => kinds.has(kindOf(value)) && literals.every((literal) => holds(literal, value)))
  if (candidates !== null) return noneOf(candidates)
  for (const literal of literals) narrow(kinds, literal)
  if ([...kinds].every((kind) => FEW[kind] !== undefined)) return noneOf([...kinds].flatMap((kind) => FEW[kind]!))
  if (opposites(literals)) return true
  if (kinds.size > 1) return false
  if (kinds.has('number')) return emptyRange(literals, numberOf)
  return kinds.has('string') && (emptyRange(literals, instantOf) || emptyText(literals))
}

const holds = ({ shape: { operator }, negated }: FieldLiteral, value: Found): boolean =>
  // A pattern is not tried on what it would refuse as too long.
  (typeof value === 'string' && value.length > 10_000) || operator.compare(value).result !== negated

function narrow(kinds: Set<Kind>, { shape: { operator, operand }, negated }: FieldLiteral): void {
  const possible = kindsFor(operator, operand, negated)
  for (const kind of kinds) if (!possible.includes(kind)) kinds.delete(kind)
}

/** The kinds of values of which a literal may hold. */
function kindsFor({ name }: Operator, operand: Json, negated: boolean): readonly Kind[] {
  const present = ALL_KINDS.slice(1)
  if (name === 'exists') return (operand === true) !== negated ? present : ['missing']
  // Only eq narrows when it must not hold, and ne when it must not: `ne` is the opposite of `eq`, missing values too.
  if (name === 'ne') return negated ? [kindOf(operand)] : operand === null ? without('null') : ALL_KINDS
  if (negated) return name === 'eq' && operand === null ? without('null') : ALL_KINDS
  switch (name) {
    case 'eq':
      return [kindOf(operand)]
    case 'in':
    case 'in_list':
      return (operand as Json[]).map(kindOf)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return [typeof operand === 'number' ? 'number' : 'string']
    case 'contains':
      return typeof operand === 'string' ? ['string', 'list'] : ['list']
    case 'starts_with':
    case 'ends_with':
    case 'regex':
    case 'matches':
      return ['string']
  }
}

const without = (kind: Kind): readonly Kind[] => ALL_KINDS.filter((one) => one !== kind)

/** Kinds that have few values. */
const FEW: Partial<Record<Kind, Found[]>> = { missing: [MISSING], null: [null], boolean: [true, false] }

/** The values that a literal lists; null when none does. */
function listed(literals: FieldLiteral[]): readonly Json[] | null {
  for (const { shape, negated } of literals) {
    const { operator, operand } = shape
    if (negated ? operator.name === 'ne' : operator.name === 'eq') return [operand]
    if (!negated && (operator.name === 'in' || operator.name === 'in_list')) return operand as Json[]
  }
  return null
}

const opposites = (literals: FieldLiteral[]): boolean =>
  literals.some((one) => literals.some((other) => one.negated && !other.negated && samePredicate(one, other)))

const samePredicate = ({ shape: { operator: a } }: FieldLiteral, { shape: { operator: b } }: FieldLiteral): boolean =>
  aliasOf(a.name) === aliasOf(b.name) && a.operand === b.operand

const aliasOf = (name: string): string => (name === 'matches' ? 'regex' : name === 'in_list' ? 'in' : name)

const numberOf = (operand: Json): number | null => (typeof operand === 'number' ? operand : null)
const instantOf = (operand: Json): number | null =>
  typeof operand === 'string' && isInstant(operand) ? Date.parse(operand) : null

const FLIPPED: Readonly<Record<string, string>> = { gt: 'lte', gte: 'lt', lt: 'gte', lte: 'gt' }

/** Whether the orderings leave nothing between them. Opposites count once the value is known to have an order. */
function emptyRange(literals: FieldLiteral[], valueOf: (operand: Json) => number | null): boolean {
  const orders = literals.flatMap(({ shape: { operator, operand }, negated }) => {
    const bound = operator.name in FLIPPED ? valueOf(operand) : null
    return bound === null ? [] : [{ name: operator.name, bound, negated }]
  })
  if (!orders.some(({ negated }) => !negated) && valueOf !== numberOf) return false
  let [low, high, lowOpen, highOpen] = [-Infinity, Infinity, false, false]
  for (const { name: given, bound, negated } of orders) {
    const name = negated ? FLIPPED[given]! : given
    const open = name === 'gt' || name === 'lt'
    if (name.startsWith('g')) {
      if (bound > low || (bound === low && open)) [low, lowOpen] = [bound, open]
    } else if (bound < high || (bound === high && open)) [high, highOpen] = [bound, open]
  }
  return low > high || (low === high && (lowOpen || highOpen))
}

/** Whether what a text must begin with, end with and contain excludes each other, or what it must not. */
function emptyText(literals: FieldLiteral[]): boolean {
  const texts = (name: string, negated: boolean): string[] =>
    literals.flatMap(({ shape: { operator, operand }, negated: is }) =>
      operator.name === name && is === negated && typeof operand === 'string' ? [operand] : [],
    )
  const [begins, ends] = [texts('starts_with', false), texts('ends_with', false)]
  const known = [...begins, ...ends, ...texts('contains', false)]
  const differ = (list: string[], fits: (longer: string, shorter: string) => boolean): boolean =>
    list.some((a) => list.some((b) => a.length >= b.length && !fits(a, b)))
  return (
    differ(begins, (longer, shorter) => longer.startsWith(shorter)) ||
    differ(ends, (longer, shorter) => longer.endsWith(shorter)) ||
    texts('starts_with', true).some((not) => begins.some((text) => text.startsWith(not))) ||
    texts('ends_with', true).some((not) => ends.some((text) => text.endsWith(not))) ||
    texts('contains', true).some((not) => known.some((text) => text.includes(not)))
  )
}
