import type { Action } from '../action/action.js'
import type { TracePart } from '../audit/trace.js'
import { cut } from '../lib/cut.js'
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
  /** How often something was asked for that is not known: state that has not answered yet, what is not on record. */
  unanswered: number
  /** Looks at every part, also where the result is plain already. */
  full: boolean
  /** Parts as they were looked at. */
  parts: TracePart[]
  /** What each condition came to, by its identity, where that is counted. */
  seen?: Map<object, boolean>
  /** Set when the action is one of the past. */
  past?: Past
  time(): TimeFields
}

/** What conditions meet when an action of the past is looked at: not all of it is known any more, and state is as it is now. */
export interface Past {
  /** Why what a path leads to is not known; null: it is. */
  withheld: (path: string) => string | null
  /** Why something that the rule asks for is not known, each once. */
  unknown: Set<string>
  /** Whether the rule asks state. */
  asksState: boolean
}

/** Why a rule cannot be evaluated: a limit of size or depth was exceeded, or a registered function failed. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
}

export function sceneOf(
  given: Pick<Scene, 'action' | 'nowMs' | 'answers'> & Partial<Pick<Scene, 'known' | 'full' | 'seen' | 'past'>>,
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
  if (scene.past !== undefined) scene.past.asksState = true
  const key = canonical(lookup)
  const answer = scene.answers.get(key)
  if (answer !== undefined) return answer
  scene.needs.set(key, lookup)
  scene.unanswered++
  return undefined
}

/** Notes why something cannot be known of an action of the past; what hangs on it is undefined. */
export function withhold(scene: Scene, past: Past, why: string): undefined {
  past.unknown.add(why)
  scene.unanswered++
}

const MAX_FOUND = 120

/** A found value as a trace carries it: bounded, structures in short. */
export function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, MAX_FOUND)
  if (typeof value !== 'object' || value === null) return value
  const text = canonical(value)
  return text.length <= MAX_FOUND
    ? value
    : Array.isArray(value)
      ? `a list of ${value.length}`
      : `an object of ${Object.keys(value).length}`
}
