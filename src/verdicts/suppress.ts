import { Type } from 'typebox'
import { defineVerdict } from '../rules/verdict.js'

/** Ends the action without sending it. Gates of earlier rules are not touched: what is suppressed uses nothing up. */
export const suppress = defineVerdict({
  type: 'suppress',
  aliases: ['deny'],
  word: 'suppress',
  kind: 'ending',
  describes: 'Ends the action without sending it.',
  schema: Type.Object({
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description: 'Why, for whoever asks later.' })),
  }),
  ending: ({ reason }, { rule }) => ({
    kind: 'answer',
    outcome: { type: 'Suppressed', rule, ...(reason !== undefined && { reason }) },
  }),
})
