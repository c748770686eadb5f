import { Type } from 'typebox'
import { mergePatch, type Json } from '../lib/json.js'
import { defineVerdict } from '../rules/verdict.js'

/** Changes the payload by a JSON merge patch (RFC 7396): `null` removes. Later rules see the change. */
export const modify = defineVerdict({
  type: 'modify',
  word: 'modify',
  kind: 'transform',
  describes: 'Changes the payload by a JSON merge patch; null removes.',
  schema: Type.Object({
    changes: Type.Record(Type.String(), Type.Unknown(), { description: 'The merge patch (RFC 7396).' }),
  }),
  transform: ({ changes }, action) => ({ ...action, payload: mergePatch(action.payload, changes as Json) }),
  changes: ({ changes }) => Object.keys(changes).map((name) => `payload.${name}`),
})
