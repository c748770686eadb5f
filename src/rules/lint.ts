import { CALLS } from './calls.js'
import type { Condition, Shape } from './condition.js'
import { alternatives, excludes, impossible, possible, type Conjunction, type Literal } from './contradiction.js'
import { compileOperator, type Operator } from './operators.js'
import type { Rule } from './ruleset.js'

/** Something that looks wrong in rules that are valid one by one. */
export interface Finding {
  /** The rule that it is about, and where it stands. */
  rule: string
  file: string
  line: number
  /** A sentence for people: which rule, why, what to do. */
  message: string
  /** The rule that comes first and matches all that it matches. */
  shadowed_by?: string
}

/** `rules/a.yaml:3: rule "b" …`. */
export const findingText = ({ file, line, message }: Finding): string => `${file}:${line}: ${message}`

/** So many pairs of rules are compared; sets that have more are compared in part. */
const MAX_PAIRS = 100_000

/** An enabled rule, with what the lint works out of its condition once; null where that is too much. */
interface Judged {
  rule: Rule
  /** Why it can never match. */
  never: string | null
  holds: Conjunction[] | null
  fails: Conjunction[] | null
}

/**
 * What looks wrong in rules that are valid one by one: rules that can never match or are never reached, reroutes that
 * change nothing, and events that are asked for but that no rule opens. It says only what is certain.
 * @param rules in the order in which they are looked at; disabled ones are left out
 */
export function lint(rules: readonly Rule[]): Finding[] {
  const judged = rules.filter(({ enabled }) => enabled).map(judge)
  const findings: Finding[] = []
  const found = ({ name, file, line }: Rule, message: string, more: Pick<Finding, 'shadowed_by'> = {}): void => {
    findings.push({ rule: name, file, line, message: `rule "${name}" ${message}`, ...more })
  }
  const reached: Judged[] = []
  let pairs = 0
  for (const [i, one] of judged.entries()) {
    if (one.never !== null) {
      found(one.rule, `can never match: ${one.never}; correct its condition, or remove the rule`)
      continue
    }
    const earlier = (pairs += i) > MAX_PAIRS ? null : shadowOf(one, judged, i)
    if (earlier !== null) found(one.rule, neverReached(one.rule, earlier), { shadowed_by: earlier.name })
    else reached.push(one)
    const target = one.rule.config['target_provider']
    if (one.rule.verdict.word === 'reroute' && typeof target === 'string' && goesThere(one, target))
      found(one.rule, `changes nothing: what it matches is for "${target}" already; name another target_provider`)
  }
  for (const { rule } of reached)
    for (const type of asksFor(rule.condition)) {
      const why = whyNotOpened(type, reached)
      if (why !== null) found(rule, `asks for an active event of the type "${type}", but ${why}`)
    }
  return findings
}

function judge(rule: Rule): Judged {
  const holds = alternatives(rule.condition)
  return { rule, never: impossible(holds), holds: possible(holds), fails: alternatives(rule.condition, true) }
}

const placeOf = ({ name, file, line }: Rule): string => `"${name}" (${file}:${line})`

function neverReached({ name }: Rule, earlier: Rule): string {
  const how = earlier.verdict.kind === 'ending' ? `it says ${earlier.verdict.type}` : 'it is final'
  return (
    `is never reached: rule ${placeOf(earlier)} comes first, matches all that it matches, and ends the rules (${how}); ` +
    `give "${name}" a priority below ${earlier.priority}, or narrow the condition of "${earlier.name}"`
  )
}

/** Closes the plan for good; what a schedule held is planned anew without it when it is due. */
const closes = ({ verdict, final }: Rule): boolean =>
  verdict.word !== 'schedule' && (verdict.kind === 'ending' || final)

/** The nearest of the rules before `end` that closes the plan whenever this one would match. */
function shadowOf(one: Judged, judged: Judged[], end: number): Rule | null {
  const changed: string[] = []
  for (let i = end - 1; i >= 0; i--) {
    const other = judged[i]!
    const { rule } = other
    if (closes(rule) && implies(one, other, changed) && isCertain(rule, one.rule)) return rule
    if (rule.verdict.kind === 'transform') changed.push(...(rule.verdict.changes?.(rule.config as never) ?? [ANY_PATH]))
  }
  return null
}

const ANY_PATH = ''

/** A rule that may be skipped for an error closes nothing then, unless the later one would meet the same error. */
const isCertain = (earlier: Rule, later: Rule): boolean =>
  !mayError(earlier.condition) ||
  (earlier.condition.display === later.condition.display && earlier.timezone === later.timezone)

function mayError({ shape }: Condition): boolean {
  switch (shape.kind) {
    case 'all':
    case 'any':
      return shape.of.some(mayError)
    case 'not':
      return mayError(shape.of)
    case 'field':
      return shape.operator.name === 'regex' || shape.operator.name === 'matches'
    case 'call':
      return !CALLS.has(shape.name)
    case 'cel':
      return true
    case 'always':
      return false
  }
}

/** Whether the earlier rule matches whenever the later one does: then it is impossible that it does not. */
function implies(later: Judged, { rule, fails }: Judged, changed: string[]): boolean {
  const { holds } = later
  if (holds === null || fails === null) return false
  const sameZone = later.rule.timezone === rule.timezone
  // What transforms between the two may change is not the same value for both.
  const comparable = ({ shape }: Literal): boolean =>
    readsOf(shape).every((path) => (sameZone || !isZoned(path)) && !changed.some((change) => touches(change, path)))
  return fails.every((one) => {
    const same = sameZone && changed.length === 0 ? one : one.filter(comparable)
    return holds.every((alternative) => excludes(alternative, same))
  })
}

const isZoned = (path: string): boolean => path === ANY_PATH || path.startsWith('time.')

/** Paths that a predicate reads; ANY_PATH when it may be any. */
function readsOf(shape: Shape): string[] {
  if (shape.kind === 'field') return [shape.path]
  if (shape.kind === 'call')
    return shape.args.filter(({ literal }) => literal === undefined).map(({ text }) => bare(text))
  return [ANY_PATH]
}

const bare = (path: string): string => path.replace(/^action\./, '')

function touches(change: string, path: string): boolean {
  if (change === ANY_PATH || path === ANY_PATH || change === path) return true
  if (path.startsWith(`${change}.`) || change.startsWith(`${path}.`)) return true
  // A list in which a merge patch sets a name is a list no longer.
  return change.startsWith('payload.') && /^payload\.\d+(?:\.|$)/.test(path)
}

const goesThere = ({ holds }: Judged, target: string): boolean =>
  holds?.every((alternative) => excludes(alternative, [equals('provider', target, true)])) === true

function equals(path: string, value: string, negated = false): Literal & { shape: { kind: 'field' } } {
  const operator = compileOperator('eq', value) as Operator
  return { display: `${path} eq "${value}"`, shape: { kind: 'field', path, operator, operand: value }, negated }
}

/** Types of events that a condition asks for by their literal names. */
function asksFor({ shape }: Condition): string[] {
  switch (shape.kind) {
    case 'all':
    case 'any':
      return [...new Set(shape.of.flatMap(asksFor))]
    case 'not':
      return asksFor(shape.of)
    case 'cel':
      return [...new Set(shape.asksFor)]
    case 'call': {
      const type = shape.name === 'has_active_event' ? shape.args[0]?.literal : undefined
      return typeof type === 'string' ? [type] : []
    }
    case 'field':
    case 'always':
      return []
  }
}

/** Why no rule can open an event of a type; null: one may. */
function whyNotOpened(type: string, rules: Judged[]): string | null {
  const ofType = [equals('action_type', type)]
  const none = (alternatives: Conjunction[] | null): boolean =>
    alternatives?.every((alternative) => excludes(alternative, ofType)) === true
  const would = `a rule with the verdict state_machine that matches actions of that type would (field: action_type, eq: ${JSON.stringify(type)})`
  for (const { rule, holds, fails } of rules) {
    if (rule.verdict.word === 'state_machine' && !none(holds)) return null
    if (closes(rule) && none(possible(fails)) && !mayError(rule.condition))
      return `no rule opens one: rule ${placeOf(rule)} ends the rules for all such actions; ${would}, with a priority below ${rule.priority}`
  }
  return `no enabled rule opens one; ${would}`
}
