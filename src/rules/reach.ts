import type { Action } from '../action/action.js'
import type { Json } from '../lib/json.js'
import type { Condition } from './condition.js'
import type { Rule } from './ruleset.js'
import { sceneOf } from './scene.js'

/** Where actions may come from: names, `*` for any. A tenant stands for its children too. */
export interface Reach {
  tenants: readonly string[]
  namespaces: readonly string[]
  actions: readonly string[]
}

const ANY = '*'
/** Stands for a child that no rule names. */
const SOME_CHILD = '.\u0001'

/**
 * Whether a rule can match any action from there at all: its condition is evaluated with nothing known but namespace,
 * tenant and kind. Conditions in CEL are taken as if they could.
 */
export function reaches({ condition }: Rule, { tenants, namespaces, actions }: Reach): boolean {
  const named = literalsOf(condition, 'tenant')
  const tried = tenants.includes(ANY)
    ? [ANY]
    : tenants.flatMap((tenant) => [
        tenant,
        tenant + SOME_CHILD,
        ...named.filter((name) => name.startsWith(`${tenant}.`)),
      ])
  const anyOr = (names: readonly string[]): readonly string[] => (names.includes(ANY) ? [ANY] : names)
  for (const tenant of tried)
    for (const namespace of anyOr(namespaces))
      for (const action_type of anyOr(actions)) if (canMatch(condition, { tenant, namespace, action_type })) return true
  return false
}

function canMatch(condition: Condition, parts: Record<string, string>): boolean {
  const known = new Set(Object.keys(parts).filter((name) => parts[name] !== ANY))
  const scene = sceneOf({ action: parts as unknown as Action, nowMs: 0, answers: new Map(), known })
  return condition.test(scene) !== false
}

/** The texts that a condition holds against a path. */
function literalsOf({ shape }: Condition, path: string): string[] {
  switch (shape.kind) {
    case 'all':
    case 'any':
      return shape.of.flatMap((part) => literalsOf(part, path))
    case 'not':
      return literalsOf(shape.of, path)
    case 'field':
      return shape.path === path ? textsOf(shape.operand) : []
    default:
      return []
  }
}

const textsOf = (value: Json): string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap(textsOf) : []
