import type { Action } from '../action/action.js'
import { compilePath, MISSING } from '../action/paths.js'
import { keyOf } from '../lib/ids.js'
import { canonical } from '../lib/json.js'

/** What is wrong with the paths of an `ordering_key`, by their place in the list. */
export const orderingProblems = (paths: readonly string[]): { at: number; message: string }[] =>
  paths.flatMap((text, at) => {
    const compiled = compilePath(text)
    return 'problem' in compiled ? [{ at, message: compiled.problem }] : []
  })

/**
 * The lane that keeps an action in order among those with equal values at these paths (typed: 1 is not "1"), for one
 * provider; null when none of the paths leads to a value, because then there is nothing to be in order with.
 */
export function orderingLane(action: Action, paths: readonly string[]): string | null {
  const parts: string[] = []
  let isKeyed = false
  for (const text of paths) {
    const compiled = compilePath(text)
    const value = 'problem' in compiled ? MISSING : compiled.read(action)
    if (value !== MISSING) isKeyed = true
    parts.push(text, value === MISSING ? 'missing' : `=${canonical(value)}`)
  }
  return isKeyed ? `order:${keyOf(action.provider, ...parts)}` : null
}
