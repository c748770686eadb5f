import { MISSING, type Found } from '../action/paths.js'
import type { Action } from '../action/action.js'
import { isObject, type Json } from '../lib/json.js'
import { ask, RuleError, withhold, type Scene } from './scene.js'

/** An argument of a call: a literal, or a path with its text. */
export interface Argument {
  /** As written. */
  text: string
  /** What it is, when it is no path. */
  literal?: Json
  /** The label, when it is a path into labels. */
  label?: string
  read(scene: Scene): Found
}

/**
 * A function that a library user registers. It gets the values of its arguments (undefined where missing) and the
 * working copy of the action, and answers at once, not by a promise; it may be called more than once for one dispatch.
 * What it answers is compared by the condition's operator, or taken as true or false. One that throws is a rule error.
 */
export type RuleFunction = (args: unknown[], action: Action) => unknown

/** A function that conditions may call. */
export interface Callable {
  /** How many arguments it takes. */
  arity: [min: number, max: number]
  /** Whether its result is a yes or no by itself; else an operator compares it. */
  answers: 'boolean' | 'value'
  /** undefined: hangs on state that was not asked yet. */
  call(scene: Scene, args: Argument[]): Found | undefined
}

/**
 * `has_active_event(TYPE)`, `(TYPE, action.metadata.L)`, `(TYPE, VALUE)`, `(TYPE, LABEL, VALUE)` (spec section 4). A
 * missing value is false.
 */
const hasActiveEvent: Callable = {
  arity: [1, 3],
  answers: 'boolean',
  call(scene, [type, second, third]) {
    const { namespace, tenant } = scene.action
    const action_type = textOf(type!.read(scene))
    if (action_type === null) return false
    const about = { kind: 'active_event' as const, namespace, tenant, action_type }
    if (second === undefined) return ask(scene, about)
    const first = textOf(second.read(scene))
    if (third !== undefined) {
      const value = textOf(third.read(scene))
      return first === null || value === null ? false : ask(scene, { ...about, label: first, value })
    }
    if (first === null) return false
    return ask(scene, { ...about, ...(second.label !== undefined && { label: second.label }), value: first })
  },
}

const getEventState: Callable = {
  arity: [1, 1],
  answers: 'value',
  call(scene, [fingerprint]) {
    const name = textOf(fingerprint!.read(scene))
    if (name === null) return MISSING
    const { namespace, tenant } = scene.action
    const state = ask(scene, { kind: 'event_state', namespace, tenant, fingerprint: name })
    return state === null ? MISSING : state
  },
}

const eventInState: Callable = {
  arity: [2, 2],
  answers: 'boolean',
  call(scene, [fingerprint, state]) {
    const found = getEventState.call(scene, [fingerprint!])
    return found === undefined ? undefined : found !== MISSING && found === textOf(state!.read(scene))
  },
}

/** The functions that every rule may call. */
export const CALLS: ReadonlyMap<string, Callable> = new Map([
  ['has_active_event', hasActiveEvent],
  ['get_event_state', getEventState],
  ['event_in_state', eventInState],
])

/** A registered function as conditions call it. */
export const userCall = (name: string, fn: RuleFunction): Callable => ({
  arity: [0, 16],
  answers: 'value',
  call(scene, args) {
    if (scene.past !== undefined) return withhold(scene, scene.past, `the function ${name} is not called for it`)
    const values = args.map((arg) => arg.read(scene)).map((value) => (value === MISSING ? undefined : value))
    let answer: unknown
    try {
      answer = fn(values, scene.action)
    } catch (error) {
      throw new RuleError(`the function ${name} failed: ${(error as Error | undefined)?.message ?? String(error)}`)
    }
    if (isObject(answer) && 'then' in answer)
      throw new RuleError(`the function ${name} answered with a promise, but a condition is evaluated at once`)
    return (answer ?? MISSING) as Found
  },
})

/** Labels are texts, so a number or a truth value is looked up as its text. */
const textOf = (value: Found): string | null =>
  value === MISSING || value === null || typeof value === 'object' ? null : String(value)
