import { Type } from 'typebox'
import { isInstant } from '../lib/validate.js'
import { defineVerdict } from '../rules/verdict.js'
import { Seconds } from './fields.js'

/** Holds the action until it is due; then it is planned anew, without the rule that scheduled it. */
export const schedule = defineVerdict({
  type: 'schedule',
  word: 'schedule',
  kind: 'ending',
  describes: 'Holds the action until it is due.',
  schema: Type.Object({
    delay_seconds: Type.Optional(Seconds('How long from its admission.')),
    at: Type.Optional(Type.String({ description: 'The instant, RFC 3339; one that has passed is due at once.' })),
  }),
  check({ delay_seconds, at }) {
    if ((delay_seconds === undefined) === (at === undefined))
      return [{ field: 'at', message: 'exactly one of delay_seconds and at says when it is due' }]
    if (at !== undefined && !isInstant(at))
      return [{ field: 'at', message: `expected an instant such as "2026-01-31T09:30:00Z", found "${at}"` }]
    return []
  },
  ending: ({ delay_seconds, at }, { rule }) => ({
    kind: 'schedule',
    rule,
    delay_ms: delay_seconds === undefined ? null : delay_seconds * 1_000,
    at_ms: at === undefined ? null : Date.parse(at),
  }),
})
