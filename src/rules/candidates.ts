import type { Action } from '../action/action.js'
import type { Condition } from './condition.js'
import type { Rule } from './ruleset.js'
import { sceneOf } from './scene.js'

/** Below so many rules all are looked at, so that a trace tells of each. */
const SMALL = 20
/** How many entries all remembered lists may have together. */
const MAX_REMEMBERED = 200_000
/** What no verdict changes, and so can be judged once for a kind of action, before any rule is. */
const FIXED = ['namespace', 'tenant', 'action_type'] as const

/**
 * Which rules can match a kind of action at all. Their conditions are evaluated with only the fixed parts of the action
 * known: a rule is left out when that alone makes its condition false, whatever the payload, state, time or provider
 * are, and whatever earlier rules change. Kinds are remembered by those fixed parts that any rule looks at.
 */
export function candidateIndex(enabled: readonly Rule[]): (action: Action) => readonly Rule[] {
  if (enabled.length <= SMALL) return () => enabled
  const looked = new Set(enabled.flatMap(({ condition }) => pathsOf(condition)))
  const known = FIXED.filter((name) => looked.has(name))
  const kinds = new Map<string, readonly Rule[]>()
  let remembered = 0
  return (action) => {
    const kind = JSON.stringify(known.map((name) => action[name]))
    let found = kinds.get(kind)
    if (found === undefined) {
      found = candidatesOf(action, enabled, new Set(known))
      kinds.set(kind, found)
      remembered += found.length + 1
      // Tenants and types are callers' words: the oldest give way, so that memory is bounded.
      for (const [oldest, list] of kinds) {
        if (remembered <= MAX_REMEMBERED || oldest === kind) break
        kinds.delete(oldest)
        remembered -= list.length + 1
      }
    }
    return found
  }
}

function candidatesOf(action: Action, rules: readonly Rule[], known: ReadonlySet<string>): readonly Rule[] {
  const scene = sceneOf({ action, nowMs: 0, answers: new Map(), known })
  return rules.filter(({ condition }) => {
    scene.parts = []
    return condition.test(scene) !== false
  })
}

/** The paths that a condition's predicates read, CEL texts and arguments of calls left out. */
export function pathsOf({ shape }: Condition): string[] {
  switch (shape.kind) {
    case 'all':
    case 'any':
      return shape.of.flatMap(pathsOf)
    case 'not':
      return pathsOf(shape.of)
    case 'field':
      return [shape.path]
    case 'always':
    case 'call':
    case 'cel':
      return []
  }
}
