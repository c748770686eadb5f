import type { Action } from '../action/action.js'
import type { Clock } from '../lib/clock.js'
import { orderingLane } from '../delivery/ordering.js'
import { nearest } from '../lib/suggest.js'
import type { Providers } from '../providers/lookup.js'
import { planAction, type AskState, type PlanEnvironment } from '../rules/plan.js'
import type { RuleSet } from '../rules/ruleset.js'
import type { MachineTable, Plan } from '../state/plan.js'
import type { DispatchContext, StateStore } from '../state/store.js'
import type { Observer } from './gateway.js'
import type { Drafts } from './records.js'

/** Planning, with what this gateway has: its rules of the moment, machines, providers and state. */
export interface Planning {
  /** @throws StoreUnavailable when a condition asks state and it does not answer */
  plan(
    action: Action,
    options: { context: DispatchContext; without?: ReadonlySet<string>; passed?: ReadonlySet<string> },
  ): Promise<Plan>
  /** What planning looks at, for the playground. */
  environment(context: DispatchContext): PlanEnvironment
  askState: AskState
  /** Whether a plan's provider is one whose callers are answered before it is called. */
  answersFirst(plan: Plan): boolean
  /** The lane that keeps a plan's delivery in order; null: none. */
  laneOf(plan: Plan): string | null
}

export function createPlanning(parts: {
  rules: () => RuleSet
  machines: () => ReadonlyMap<string, MachineTable>
  providers: Providers
  state: StateStore
  drafts: Drafts
  clock: Clock
  newId: () => string
  observer: Observer
  onRuleError: 'fail' | 'skip'
}): Planning {
  const { rules, machines, providers, state, drafts, clock, newId, observer, onRuleError } = parts

  const askState: AskState = (lookups) => state.lookup({ lookups })

  function environment(context: DispatchContext): PlanEnvironment {
    return {
      nowMs: clock.now(),
      machines: machines(),
      newId,
      draft: (plan) =>
        drafts.of({
          kind: 'transition',
          action_id: plan.action.id,
          action: plan.action,
          plan,
          context,
          try: 1,
          withoutPayload: true,
        }),
      providerProblem,
      onRuleError,
    }
  }

  function providerProblem(name: string): { message: string; suggestion?: string } | null {
    if (providers.find(name) !== undefined) return null
    const known = providers.known ?? new Set()
    const suggestion = nearest(name, known)
    const hint =
      suggestion !== undefined
        ? `did you mean "${suggestion}"?`
        : known.size === 0
          ? 'none is configured ([[providers]]).'
          : `configured are ${[...known].join(', ')}.`
    return { message: `There is no provider "${name}"; ${hint}`, ...(suggestion !== undefined && { suggestion }) }
  }

  return {
    askState,
    environment,
    async plan(action, { context, without, passed }) {
      const began = clock.monotonic()
      const plan = await planAction(
        action,
        rules(),
        {
          ...environment(context),
          ...(without !== undefined && { without }),
          ...(passed !== undefined && { passed }),
        },
        askState,
      )
      observer.planned?.(clock.monotonic() - began)
      return plan
    },
    answersFirst: ({ action, ending }) => ending === null && providers.find(action.provider)?.terms.async === true,
    laneOf({ action, ending }) {
      const key = ending === null ? providers.find(action.provider)?.terms.ordering_key : undefined
      return key === undefined ? null : orderingLane(action, key)
    },
  }
}
