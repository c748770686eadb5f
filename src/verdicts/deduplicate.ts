import { Type } from 'typebox'
import type { Action } from '../action/action.js'
import { keyOf } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { defineVerdict } from '../rules/verdict.js'
import { OnStateError, pathProblems, Paths, typedValues } from './fields.js'

/**
 * Lets one action per key through. The key is held for `ttl_seconds` or until its holder has its outcome, whichever is
 * later. Scope: namespace and tenant; two rules with the same key share it.
 */
export const deduplicate = defineVerdict({
  type: 'deduplicate',
  word: 'deduplicate',
  kind: 'gate',
  describes: 'Lets one action per key through within a time.',
  schema: Type.Object({
    ttl_seconds: Type.Number({ minimum: 1, maximum: 2_592_000, description: 'How long the key is held: 1 s to 30 d.' }),
    key: Type.Optional(Paths('What makes actions the same; default: dedup_key, else all of what it says.')),
    on_failure: Type.Optional(
      Type.Enum(['release', 'keep'], {
        default: 'release',
        description: 'Whether a final failure frees the key, so that a retry is not swallowed.',
      }),
    ),
    on_state_error: OnStateError,
  }),
  check: ({ key = [] }, names) => pathProblems('key', key, names),
  remembersMs: ({ ttl_seconds }) => ttl_seconds * 1_000,
  gate: ({ ttl_seconds, key, on_failure = 'release', on_state_error }, given) => ({
    kind: 'reservation',
    rule: given.rule,
    verdict: 'deduplicate',
    key: keyOf('reservation', given.action.namespace, given.action.tenant, ...keyParts(key, given.action, given)),
    ttl_ms: ttl_seconds * 1_000,
    on_failure,
    ...(on_state_error !== undefined && { on_state_error }),
  }),
})

function keyParts(key: string[] | undefined, action: Action, given: Parameters<typeof typedValues>[2]): string[] {
  if (key !== undefined) return ['paths', ...typedValues(key, action, given)]
  if (action.dedup_key !== undefined) return ['dedup_key', action.dedup_key]
  const { provider, action_type, status, fingerprint, payload, metadata } = action
  return ['content', canonical({ provider, action_type, status, fingerprint, payload, metadata })]
}
