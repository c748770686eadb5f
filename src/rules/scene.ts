import type { Action } from '../action/action.js'
import type { TracePart } from '../audit/trace.js'
import { canonical } from '../lib/json.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { timeFields, type TimeFields } from './time.js'

/**
 * What conditions are evaluated against: the working copy, the instant, and what state has answered so far. Evaluation
 * has three values (Kleene 1952): true, false, and undefined where it hangs on something that is not known yet; state
 * that would have to be asked is then in `needs`. One scene serves all rules of a plan, one after the other.
 */
export interface Scene {
  action: Action
  /** Only these parts of the action are known; everything else is undefined. For the candidates of a kind of action. */
  known?: ReadonlySet<string>
  nowMs: number
  /** Of the rule that is evaluated (IANA). */
  zone: string
  answers: ReadonlyMap<string, LookupAnswer>
  needs: Map<string, Lookup>
  /** How often state was asked that has not answered yet. */
  unanswered: number
  /** Looks at every part, also where the result is plain already. */
  full: boolean
  /** Parts as they were looked at. */
  parts: TracePart[]
  /** What each condition came to, by its identity, where that is counted. */
  seen?: Map<object, boolean>
  time(): TimeFields
}

/** Why a rule cannot be evaluated: a limit of size or depth was exceeded, or a registered function failed. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
}

export function sceneOf(
  given: Pick<Scene, 'action' | 'nowMs' | 'answers'> & Partial<Pick<Scene, 'known' | 'full' | 'seen'>>,
): Scene {
  const times = new Map<string, TimeFields>()
  const scene: Scene = {
    zone: 'UTC',
    full: false,
    needs: new Map(),
    unanswered: 0,
    parts: [],
    ...given,
    time() {
      let fields = times.get(scene.zone)
      if (fields === undefined) times.set(scene.zone, (fields = timeFields(scene.nowMs, scene.zone)))
      return fields
    },
  }
  return scene
}

/** Asks the scene for state: its answer, or undefined, and then it is noted as needed. */
export function ask(scene: Scene, lookup: Lookup): LookupAnswer | undefined {
  const key = canonical(lookup)
  const answer = scene.answers.get(key)
  if (answer !== undefined) return answer
  scene.needs.set(key, lookup)
  scene.unanswered++
  return undefined
}

const MAX_FOUND = 120

/** A found value as a trace carries it: bounded, structures in short. */
export function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.length > MAX_FOUND ? `${value.slice(0, MAX_FOUND - 1)}…` : value
  if (typeof value !== 'object' || value === null) return value
  const text = canonical(value)
  return text.length <= MAX_FOUND
    ? value
    : Array.isArray(value)
      ? `a list of ${value.length}`
      : `an object of ${Object.keys(value).length}`
}
