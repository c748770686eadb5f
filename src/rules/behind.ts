import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import { TracePart } from '../audit/trace.js'
import type { LookupAnswer } from '../state/store.js'
import { answerAll, failingOf, type AskState } from './plan.js'
import type { Rule } from './ruleset.js'
import { RuleError, sceneOf, type Past, type Scene } from './scene.js'

/** A rule that was not looked at when an action was decided, and what it makes of the action. */
export const RuleBehind = Type.Object(
  {
    rule: Type.String(),
    result: Type.Enum(['matched', 'not_matched', 'unknown', 'error'], {
      description: '`matched`: it would have matched. `unknown`: it hangs on what is not known any more.',
    }),
    verdict: Type.String({ description: 'What it adds when it matches.' }),
    parts: Type.Optional(
      Type.Array(TracePart, {
        description: 'When it does not match its first failing part, when it matches every part that was looked at.',
      }),
    ),
    note: Type.Optional(Type.String({ description: 'What is not known, or what failed.' })),
    asks_state: Type.Optional(
      Type.Boolean({ description: 'true: it asks for events, which are looked at as they are now.' }),
    ),
  },
  { title: 'RuleBehind' },
)
export type RuleBehind = Static<typeof RuleBehind>

/**
 * What rules make of an action of the past on which they had no say: their conditions are evaluated as for a dispatch,
 * but what is not known any more leaves a result unknown, and functions are not called. State is only read.
 * @param action as it was when the plan was closed
 */
export async function lookBehind(
  action: Action,
  rules: readonly Rule[],
  { nowMs, withheld }: { nowMs: number; withheld: Past['withheld'] },
  askState: AskState,
): Promise<RuleBehind[]> {
  const answers = new Map<string, LookupAnswer>()
  for (;;) {
    const scene = sceneOf({ action, nowMs, answers })
    const looks = rules.map((rule) => look(rule, scene, withheld))
    // An answer may lead to another question; of one action there are only so many.
    if (scene.needs.size === 0) return looks
    await answerAll([...scene.needs.values()], answers, askState)
  }
}

function look({ name, condition, verdict, timezone }: Rule, scene: Scene, withheld: Past['withheld']): RuleBehind {
  const past: Past = { withheld, unknown: new Set(), asksState: false }
  Object.assign(scene, { past, zone: timezone, parts: [] })
  const told = { rule: name, verdict: verdict.word }
  let result: boolean | undefined
  try {
    result = condition.test(scene)
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    return { ...told, result: 'error', note: error.message }
  }
  if (result === undefined) return { ...told, result: 'unknown', note: [...past.unknown].join('; ') }
  const parts = result ? scene.parts : failingOf(scene.parts)
  return {
    ...told,
    result: result ? 'matched' : 'not_matched',
    ...(parts.length > 0 && { parts }),
    ...(past.asksState && { asks_state: true }),
  }
}
