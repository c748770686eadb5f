import { Type } from 'typebox'
import { defineVerdict } from '../rules/verdict.js'

/** Ends the rules: the action is delivered as it is by now, through the gates that it has by now. */
export const allow = defineVerdict({
  type: 'allow',
  word: 'allow',
  kind: 'ending',
  describes: 'Delivers the action; later rules are not looked at.',
  schema: Type.Object({}),
  ending: () => null,
})
