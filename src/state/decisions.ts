import type { Outcome } from '../action/outcome.js'
import type { MachineTable, TransitionEnding } from './plan.js'
import { decideTransition, type TransitionDecision } from './transition.js'

/** What a store that runs scripts or functions of its own needs to enter a state of a machine, by state. */
export const entersOf = ({ states }: MachineTable) =>
  Object.fromEntries(
    Object.entries(states).map(([name, { final, timeout }]) => [
      name,
      {
        final,
        ...(timeout !== null && {
          timeout: {
            after_ms: timeout.after_ms,
            to: timeout.to,
            notify: timeout.notify,
            restart: timeout.restart_on_repeat,
          },
        }),
      },
    ]),
  )

/** No machine has a state of this name. */
const NO_STATE = '\u0000'

/** What `decideTransition` says to each event that there may be; the store only looks up which one there is. */
export function decisionsOf({ machine, status }: TransitionEnding) {
  const decide = (state: string, closed: boolean) =>
    said(decideTransition({ machine: machine.name, state, closed }, machine, status), machine, status, true)
  return {
    none: said(decideTransition(null, machine, status), machine, status, false),
    closed: decide(NO_STATE, true),
    states: Object.fromEntries(Object.keys(machine.states).map((state) => [state, decide(state, false)])),
    other: decide(NO_STATE, false),
  }
}

function said(decision: TransitionDecision, machine: MachineTable, status: string | null, isThere: boolean) {
  const { kind } = decision
  if (kind === 'invalid_status')
    return { kind, outcome: JSON.stringify(invalidStatus(machine, status, isThere, decision.allowed)) }
  return { kind, ...('to' in decision && { to: decision.to, notify: decision.notify }) }
}

/**
 * The outcome of an action whose status its state machine does not have.
 * @param isThere whether the event exists, so that the status is not one to begin with
 */
export const invalidStatus = (
  { name }: MachineTable,
  status: string | null,
  isThere: boolean,
  allowed: string[],
): Outcome => ({
  type: 'Failed',
  code: 'INVALID_STATUS',
  message: `State machine "${name}" ${isThere ? 'has no state' : 'cannot begin with'} "${status}"; allowed: ${allowed.join(', ')}.`,
  retryable: false,
  attempts: 0,
  allowed,
})
