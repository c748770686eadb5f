import type { Outcome } from '../action/outcome.js'
import type { MachineTable, Plan } from '../state/plan.js'

/**
 * When the job that an outcome left behind is due, on the store's clock; null: there is none. Whoever knows it looks then
 * and not at once: a look at a store that many nodes share costs a round trip.
 * @param admittedAt the store's time of admission
 */
export function jobOf(outcome: Outcome, plan: Pick<Plan, 'ending'>, admittedAt: number): number | null {
  switch (outcome.type) {
    case 'Grouped':
      return Date.parse(outcome.notify_at)
    case 'Scheduled':
      return Date.parse(outcome.scheduled_for)
    case 'StateChanged':
      return plan.ending?.kind === 'transition' ? timeoutOf(plan.ending.machine, outcome.new_state, admittedAt) : null
    default:
      return null
  }
}

/** When an event that entered a state leaves it by itself; null: never. */
export function timeoutOf(machine: MachineTable | undefined, state: string, since: number): number | null {
  const timeout = machine?.states[state]?.timeout
  return timeout == null ? null : since + timeout.after_ms
}
