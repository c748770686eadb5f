import { Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import type { Action } from '../action/action.js'
import type { Found } from '../action/paths.js'
import { isObject, type Json } from '../lib/json.js'
import { CALLS, userCall, type Argument, type Callable, type RuleFunction } from './calls.js'
import {
  LINEAR_MATCHES,
  linearMatcher,
  literalCalls,
  loopDepth,
  pathsRead,
  withLinearMatches,
  wrongPattern,
} from './cel-syntax.js'
import { RuleError, withhold, type Scene } from './scene.js'

/** A CEL condition, compiled once. */
export interface CelExpression {
  text: string
  /** Types of events that it asks for by a literal first argument of has_active_event. */
  asksFor: string[]
  /** undefined: hangs on state that was not asked yet. @throws RuleError when a limit is exceeded */
  test(scene: Scene): { result: boolean | undefined; note?: string }
}

/** What is wrong with an expression, and where in its text. */
export interface CelProblem {
  problem: string
  /** Offset of the first character that it is about. */
  offset: number
}

/** Compiles CEL expressions (https://cel.dev) over `action`, `time` and `now`, with the functions of conditions. */
export type CelCompiler = (text: string) => CelExpression | CelProblem

const MAX_EXPRESSION = 8_192
const LIMITS = { maxAstNodes: 2_000, maxDepth: 64, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 16 }
/** How often the body of loops within loops may run: a payload's list may be long, and its square is longer. */
const MAX_NESTED_STEPS = 100_000
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

export function celCompiler(functions: Readonly<Record<string, RuleFunction>> = {}): CelCompiler {
  // Functions are called synchronously within one evaluation, so the scene that is evaluated is known here.
  const current: { scene: Scene | null } = { scene: null }
  const environment = environmentWith(functions, () => current.scene!)
  return (text) => {
    if (text.length > MAX_EXPRESSION)
      return { problem: `the expression has ${text.length} characters, more than ${MAX_EXPRESSION}`, offset: 0 }
    try {
      const { ast } = environment.parse(text)
      const wrong = wrongPattern(ast)
      if (wrong !== null) return wrong
      const program = environment.parse(withLinearMatches(text, ast))
      const checked = program.check()
      if (!checked.valid) return problemOf(checked.error)
      if (checked.type !== 'bool' && checked.type !== 'dyn')
        return { problem: `a condition is true or false, but this is of type ${checked.type}`, offset: 0 }
      const test = testOf(program, loopDepth(ast), pathsRead(ast), current)
      return { text, asksFor: literalCalls(ast, 'has_active_event'), test }
    } catch (error) {
      return problemOf(error)
    }
  }
}

function environmentWith(functions: Readonly<Record<string, RuleFunction>>, scene: () => Scene): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS })
    .registerVariable('action', 'dyn')
    .registerVariable('time', 'dyn')
    .registerVariable('now', 'google.protobuf.Timestamp')
    .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, linearMatcher())
  // JSON has one kind of number, which CEL takes as double; without these `action.payload.n + 1` would have no overload.
  for (const [sign, count] of Object.entries(ARITHMETIC))
    for (const [left, right] of [
      ['double', 'int'],
      ['int', 'double'],
    ])
      environment.registerOperator(`${left} ${sign} ${right}: double`, (a: unknown, b: unknown) =>
        count(Number(a), Number(b)),
      )
  environment.registerOperator('double % double: double', ARITHMETIC['%'])
  const register = (name: string, { arity: [min, max], answers, call }: Callable): void => {
    for (let count = min; count <= max; count++) {
      const signature = `${name}(${Array(count).fill('dyn').join(', ')}): ${answers === 'boolean' ? 'bool' : 'dyn'}`
      environment.registerFunction(signature, (...values: unknown[]) => {
        const args = values.map((value): Argument => ({ text: String(value), read: () => plain(value) }))
        const found = call(scene(), args)
        // Unknown as yet: what the whole comes to does not count, because the scene has a need now.
        if (found === undefined || typeof found === 'symbol') return answers === 'boolean' ? false : null
        return found
      })
    }
  }
  for (const [name, callable] of CALLS) register(name, callable)
  for (const [name, fn] of Object.entries(functions)) if (IDENTIFIER.test(name)) register(name, userCall(name, fn))
  return environment
}

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
}

function testOf(
  program: (context: Record<string, unknown>) => unknown,
  loops: number,
  reads: readonly string[],
  current: { scene: Scene | null },
): CelExpression['test'] {
  return (scene) => {
    const { action, nowMs, unanswered, past } = scene
    if (past !== undefined) {
      const reasons = reads.map((path) => past.withheld(path)).filter((why) => why !== null)
      for (const why of reasons) withhold(scene, past, why)
      if (reasons.length > 0) return { result: undefined }
    }
    if (loops > 1 && longestIn(action) ** loops > MAX_NESTED_STEPS)
      throw new RuleError(`a list in the action is too long for loops within loops (${MAX_NESTED_STEPS} steps at most)`)
    const outer = current.scene
    current.scene = scene
    try {
      const result = program({ action, time: scene.time(), now: new Date(nowMs) })
      if (scene.unanswered > unanswered) return { result: undefined }
      return typeof result === 'boolean' ? { result } : { result: false, note: 'the result is neither true nor false' }
    } catch (error) {
      const note = noteOf(error)
      return scene.unanswered > unanswered ? { result: undefined } : { result: false, note }
    } finally {
      current.scene = outer
    }
  }
}

/** The most elements that a list or an object anywhere in an action has. */
function longestIn({ payload, metadata }: Action): number {
  let longest = Object.keys(metadata).length
  const open: Json[] = [payload]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const items = Array.isArray(value) ? value : Object.values(value)
    longest = Math.max(longest, items.length)
    for (const item of items) open.push(item)
  }
  return longest
}

function problemOf(error: unknown): CelProblem {
  // The checker has limits of its own, such as operators that it cannot choose between.
  if (!isCelError(error))
    return {
      problem: `the expression cannot be checked: ${error instanceof Error ? error.message : String(error)}`,
      offset: 0,
    }
  return { problem: error.summary.replaceAll(LINEAR_MATCHES, 'matches'), offset: error.range?.start ?? 0 }
}

type CelError = Error & { summary: string; code?: string; range?: { start: number } }
const isCelError = (error: unknown): error is CelError =>
  error instanceof ParseError || error instanceof EvaluationError || (error instanceof Error && 'summary' in error)

/** Why an evaluation came to nothing. @throws RuleError when it was for a limit */
function noteOf(error: unknown): string {
  // What our own functions threw is a cause of what the library throws, or is thrown as it is.
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof RuleError) throw cause
  // Whatever else the library ends with must not end more than this action.
  if (!isCelError(error)) throw new RuleError(`the expression could not be evaluated: ${String(error)}`)
  if (error.code === 'limit_exceeded') throw new RuleError(error.summary)
  return error.summary.replaceAll(LINEAR_MATCHES, 'matches')
}

/** CEL's integers are BigInts and its maps may be Maps; conditions know JSON. */
function plain(value: unknown): Found {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plain) as Json[]
  if (value instanceof Map) return plain(Object.fromEntries(value))
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, plain(of)])) as Json
  return value as Json
}
