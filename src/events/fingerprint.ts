import type { Action } from '../action/action.js'
import { MISSING, type ActionPath, type Found } from '../action/paths.js'
import { sha256 } from '../lib/ids.js'

/**
 * Names the event that an action is about (spec section 4): the action's own fingerprint, else SHA-256 (64 hex digits)
 * over `name=value;` for each field in order, in UTF-8. Names are the paths without a leading `action.`, missing values
 * are empty, texts are as they are with `\`, `;` and `=` escaped by `\`, anything else is compact JSON.
 */
export const fingerprintOf = (action: Action, fields: ActionPath[]): string =>
  action.fingerprint ?? sha256(fields.map((path) => `${path.name}=${valueText(path.read(action))};`).join(''))

const valueText = (value: Found): string => {
  if (value === MISSING) return ''
  return typeof value === 'string' ? value.replace(/[\\;=]/g, '\\$&') : JSON.stringify(value)
}
