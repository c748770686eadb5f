import { Type } from 'typebox'
import { keyOf } from '../lib/ids.js'
import { defineVerdict } from '../rules/verdict.js'
import { OnStateError, pathProblems, Paths, Seconds, typedValues } from './fields.js'

/**
 * Lets at most `max_count` actions pass in any interval of `window_seconds`, wherever it starts. Counted per rule,
 * namespace, tenant and key; refusals do not count.
 */
export const throttle = defineVerdict({
  type: 'throttle',
  word: 'throttle',
  kind: 'gate',
  describes: 'Lets at most so many actions pass in any interval of a length.',
  schema: Type.Object({
    max_count: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'How many pass.' }),
    window_seconds: Seconds('Length of the interval.'),
    message: Type.Optional(Type.String({ maxLength: 1_000, description: 'What the refused caller is told.' })),
    key: Type.Optional(Paths('Counts per value found there; default: all together.')),
    on_state_error: OnStateError,
  }),
  check: ({ key = [] }, names) => pathProblems('key', key, names),
  remembersMs: ({ window_seconds }) => window_seconds * 1_000,
  gate: ({ max_count, window_seconds, message, key = [], on_state_error }, given) => ({
    kind: 'window',
    rule: given.rule,
    verdict: 'throttle',
    key: keyOf(
      'window',
      given.rule,
      given.action.namespace,
      given.action.tenant,
      ...typedValues(key, given.action, given),
    ),
    limit: max_count,
    window_ms: window_seconds * 1_000,
    ...(message !== undefined && { message }),
    ...(on_state_error !== undefined && { on_state_error }),
  }),
})
