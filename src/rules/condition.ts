import { MISSING, type Found } from '../action/paths.js'
import { cut } from '../lib/cut.js'
import { isObject, type Json } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { describe, type Issue } from '../lib/validate.js'
import { CALLS, userCall, type Argument, type Callable, type RuleFunction } from './calls.js'
import type { CelCompiler } from './cel.js'
import { compileOperator, OPERATORS, type Operator } from './operators.js'
import { shown, type Scene } from './scene.js'
import { argumentsOf, sourceOf } from './sources.js'
import type { Place } from './yaml.js'

/** A condition, compiled once to closures. */
export interface Condition {
  /** As a person reads it: `action_type eq "alert" and payload.n gt 3`. */
  display: string
  /** undefined: it hangs on what is not known yet; the scene's `needs` say what state must be asked. */
  test(scene: Scene): boolean | undefined
  /** What it is made of, for the lint. */
  shape: Shape
  /** Where it is written: the line of what decides, as its operator. Absent: nowhere. */
  at?: Place
}

export type Shape =
  | { kind: 'always' }
  | { kind: 'all' | 'any'; of: Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'field'; path: string; operator: Operator; operand: Json }
  | { kind: 'call'; name: string; args: Argument[] }
  | { kind: 'cel'; text: string; asksFor: string[] }

/** What compiling needs to know. */
export interface ConditionContext {
  cel: CelCompiler
  functions: Readonly<Record<string, RuleFunction>>
  /** Words that this version does not carry out, with the sentence that says so. */
  notBuilt: ReadonlyMap<string, string>
  /** Whether the scalar at this path was quoted in the file: then it is a literal. */
  quoted: (path: (string | number)[]) => boolean
  /** Where something stands in the file. */
  placeOf: (path: (string | number)[], of: 'name' | 'value') => Place
}

const MAX_NESTING = 32
const KINDS = ['all', 'any', 'not', 'field', 'call'] as const

/** What a rule without a condition has. */
export const ALWAYS: Condition = { display: 'always', test: () => true, shape: { kind: 'always' } }

/** Compiles a condition; what is wrong with it is added to `issues`, with paths from `path` on. */
export function compileCondition(
  value: unknown,
  path: (string | number)[],
  context: ConditionContext,
  issues: Issue[],
  depth = 0,
): Condition {
  const wrong = (message: string, at: (string | number)[] = path): Condition => {
    issues.push({ path: at, message })
    return ALWAYS
  }
  if (depth > MAX_NESTING) return wrong(`conditions are nested deeper than ${MAX_NESTING} levels`)
  if (value === undefined || value === true) return ALWAYS
  if (typeof value === 'string') return celCondition(value, path, context, issues)
  if (!isObject(value))
    return wrong(`expected a condition (all, any, not, field, call, or a CEL text), found ${describe(value)}`)
  const names = Object.keys(value)
  const kinds = KINDS.filter((name) => names.includes(name))
  if (kinds.length !== 1) {
    if (kinds.length > 1)
      return wrong(`expected one of ${kinds.join(' and ')}, found both; combine them with all: or any:`)
    const first = names[0]
    if (first === undefined) return wrong(`expected ${KINDS.join(', ')}, found an empty condition`)
    const hint = nearest(first, KINDS)
    const expected = hint === undefined ? `expected one of ${KINDS.join(', ')}` : `did you mean "${hint}"?`
    const later = context.notBuilt.get(first)
    return wrong(later === undefined ? `unknown name "${first}"; ${expected}` : `unknown name: ${later}`, [
      ...path,
      first,
    ])
  }
  switch (kinds[0]) {
    case 'all':
    case 'any':
      return listCondition(kinds[0], value, path, context, issues, depth)
    case 'not': {
      if (!onlyKnown(value, ['not'], path, issues)) return ALWAYS
      const of = compileCondition(value['not'], [...path, 'not'], context, issues, depth + 1)
      const not: Condition = {
        display: `not (${of.display})`,
        shape: { kind: 'not', of },
        at: context.placeOf([...path, 'not'], 'name'),
        test(scene) {
          const result = of.test(scene)
          return result === undefined ? undefined : noted(scene, not, !result)
        },
      }
      return not
    }
    case 'field':
      return fieldCondition(value, path, context, issues)
    default:
      return callCondition(value, path, context, issues)
  }
}

function listCondition(
  kind: 'all' | 'any',
  value: Record<string, unknown>,
  path: (string | number)[],
  context: ConditionContext,
  issues: Issue[],
  depth: number,
): Condition {
  const list = value[kind]
  if (!onlyKnown(value, [kind], path, issues)) return ALWAYS
  if (!Array.isArray(list) || list.length === 0) {
    issues.push({ path: [...path, kind], message: `expected a list of conditions, found ${describe(list)}` })
    return ALWAYS
  }
  const of = list.map((item, i) => compileCondition(item, [...path, kind, i], context, issues, depth + 1))
  const settles = kind === 'any'
  const listed: Condition = {
    display: of
      .map(({ display, shape }) => (shape.kind === 'any' || shape.kind === 'all' ? `(${display})` : display))
      .join(kind === 'all' ? ' and ' : ' or '),
    shape: { kind, of },
    at: context.placeOf([...path, kind], 'name'),
    test(scene) {
      const asked = scene.needs.size
      let result: boolean | undefined = !settles
      for (const part of of) {
        const one = part.test(scene)
        if (one === settles) {
          result = settles
          if (!scene.full) break
        } else if (one === undefined && result !== settles) result = undefined
      }
      // What is settled whatever state says need not be asked, but where all shall be seen.
      if (result !== undefined && !scene.full) forget(scene.needs, asked)
      return result === undefined ? undefined : noted(scene, listed, result)
    },
  }
  return listed
}

/** Notes what a condition came to, where that is counted. */
function noted(scene: Scene, condition: Condition, result: boolean): boolean {
  scene.seen?.set(condition, result)
  return result
}

/** Leaves the first so many. */
function forget(needs: Scene['needs'], kept: number): void {
  if (needs.size > kept) for (const key of [...needs.keys()].slice(kept)) needs.delete(key)
}

function celCondition(
  text: string,
  path: (string | number)[],
  { cel, placeOf }: ConditionContext,
  issues: Issue[],
): Condition {
  const compiled = cel(text)
  if ('problem' in compiled) {
    issues.push({ path, message: `CEL, at character ${compiled.offset + 1}: ${compiled.problem}` })
    return ALWAYS
  }
  const part = short(text)
  const condition: Condition = {
    display: text,
    shape: { kind: 'cel', text, asksFor: compiled.asksFor },
    at: placeOf(path, 'value'),
    test(scene) {
      if (scene.known !== undefined) return undefined
      const { result, note } = compiled.test(scene)
      if (result === undefined) return undefined
      scene.parts.push({ part, result, ...(note !== undefined && { note }) })
      return noted(scene, condition, result)
    },
  }
  return condition
}

function fieldCondition(
  value: Record<string, unknown>,
  path: (string | number)[],
  { placeOf }: ConditionContext,
  issues: Issue[],
): Condition {
  if (!onlyKnown(value, ['field', ...OPERATORS], path, issues)) return ALWAYS
  const field = value['field']
  if (typeof field !== 'string') {
    issues.push({ path: [...path, 'field'], message: `expected a path, found ${describe(field)}` })
    return ALWAYS
  }
  const source = sourceOf(field)
  if ('problem' in source) issues.push({ path: [...path, 'field'], message: source.problem })
  const found = operatorOf(value, path, issues, `what "${field}" must be`)
  if ('problem' in source || found === null) return ALWAYS
  const { operator, operand } = found
  const display = `${source.name} ${operator.name} ${operator.operand}`
  const part = short(display)
  const condition: Condition = {
    display,
    shape: { kind: 'field', path: source.name, operator, operand },
    at: placeOf([...path, operator.name], 'name'),
    test(scene) {
      const value = source.read(scene)
      if (value === undefined) return undefined
      return noted(scene, condition, compared(scene, part, operator, value))
    },
  }
  return condition
}

function compared(scene: Scene, part: string, operator: Operator, value: Found): boolean {
  const { result, note } = operator.compare(value)
  scene.parts.push({
    part,
    result,
    ...(value !== MISSING && { found: shown(value) }),
    ...(note !== undefined && { note }),
  })
  return result
}

function operatorOf(
  value: Record<string, unknown>,
  path: (string | number)[],
  issues: Issue[],
  what: string,
): { operator: Operator; operand: Json } | null {
  const names = OPERATORS.filter((name) => Object.hasOwn(value, name))
  if (names.length !== 1) {
    const known = OPERATORS.filter((name) => name !== 'matches' && name !== 'in_list').join(', ')
    issues.push({
      path,
      message:
        names.length === 0
          ? `no operator says ${what}; one of ${known}`
          : `expected one operator, found ${names.join(' and ')}; combine two with all:`,
    })
    return null
  }
  const name = names[0]!
  const operand = value[name] as Json
  const operator = compileOperator(name, operand)
  if ('problem' in operator) {
    issues.push({ path: [...path, name], message: operator.problem })
    return null
  }
  return { operator, operand }
}

function callCondition(
  value: Record<string, unknown>,
  path: (string | number)[],
  context: ConditionContext,
  issues: Issue[],
): Condition {
  if (!onlyKnown(value, ['call', 'args', ...OPERATORS], path, issues)) return ALWAYS
  const name = value['call']
  const callable = typeof name === 'string' ? callableOf(name, context.functions) : undefined
  if (typeof name !== 'string' || callable === undefined) {
    const known = [...CALLS.keys(), ...Object.keys(context.functions)]
    const hint = typeof name === 'string' ? nearest(name, known) : undefined
    issues.push({
      path: [...path, 'call'],
      message:
        context.notBuilt.get(String(name)) ??
        `unknown function ${describe(name)}; ${hint === undefined ? `known are ${known.join(', ')}` : `did you mean "${hint}"?`}`,
    })
    return ALWAYS
  }
  const args = argumentsOf(value['args'] ?? [], [...path, 'args'], context.quoted, issues)
  const [min, max] = callable.arity
  if (args.length < min || args.length > max)
    issues.push({
      path: [...path, Object.hasOwn(value, 'args') ? 'args' : 'call'],
      message: `${name} takes ${min === max ? min : `${min} to ${max}`} argument${max === 1 ? '' : 's'}, found ${args.length}`,
    })
  const compares = OPERATORS.some((operator) => Object.hasOwn(value, operator))
  const found = compares ? operatorOf(value, path, issues, `what ${name} must be`) : null
  if (!compares && name === 'get_event_state')
    issues.push({ path, message: `get_event_state answers a state; an operator such as eq must say which` })
  const call = `${name}(${args.map(({ text }) => text).join(', ')})`
  const display = found === null ? call : `${call} ${found.operator.name} ${found.operator.operand}`
  const part = short(display)
  const condition: Condition = {
    display,
    shape: { kind: 'call', name, args },
    at: context.placeOf([...path, found === null ? 'call' : found.operator.name], 'name'),
    test(scene) {
      if (scene.known !== undefined) return undefined
      const { unanswered } = scene
      const answer = callable.call(scene, args)
      if (answer === undefined || scene.unanswered > unanswered) return undefined
      if (found !== null) return noted(scene, condition, compared(scene, part, found.operator, answer))
      const result = answer !== MISSING && answer !== false && answer !== null && answer !== 0 && answer !== ''
      scene.parts.push({ part, result, ...(answer !== MISSING && { found: shown(answer) }) })
      return noted(scene, condition, result)
    },
  }
  return condition
}

const callableOf = (name: string, functions: ConditionContext['functions']): Callable | undefined =>
  CALLS.get(name) ?? (Object.hasOwn(functions, name) ? userCall(name, functions[name]!) : undefined)

const MAX_PART = 200

/** A part as a trace carries it. */
export const short = (display: string): string => cut(display, MAX_PART)

/** Says which names are unknown; false when there were any. */
function onlyKnown(
  value: Record<string, unknown>,
  known: readonly string[],
  path: (string | number)[],
  issues: Issue[],
): boolean {
  const unknown = Object.keys(value).filter((name) => !known.includes(name))
  for (const name of unknown) {
    const hint = nearest(name, known)
    issues.push({
      path: [...path, name],
      message: `unknown name "${name}"${hint === undefined ? `; known here: ${known.join(', ')}` : `; did you mean "${hint}"?`}`,
    })
  }
  return unknown.length === 0
}
