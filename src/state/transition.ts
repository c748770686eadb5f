import type { MachineTable } from './plan.js'

/** What a store knows of an event when it decides. */
export interface EventState {
  machine: string
  state: string
  /** Its state was final: closed, and not yet removed. */
  closed: boolean
}

export type TransitionDecision =
  /** A first occurrence, or the next one of a closed event: `previous_state` is null. */
  | { kind: 'open'; to: string; notify: boolean }
  | { kind: 'move'; from: string; to: string; notify: boolean }
  /** The same state again, or a status that no transition allows: counted, nothing else. */
  | { kind: 'repeat'; state: string }
  | { kind: 'invalid_status'; allowed: string[] }
  | { kind: 'other_machine'; machine: string }

/**
 * What an action's status does to an event (spec section 4). Pure; every backend decides the same.
 * @param status what the action reports; null: none, which opens in the initial state and otherwise repeats
 */
export function decideTransition(
  event: EventState | null,
  machine: MachineTable,
  status: string | null,
): TransitionDecision {
  if (event !== null && event.machine !== machine.name) return { kind: 'other_machine', machine: event.machine }
  const known = (state: string): boolean => Object.hasOwn(machine.states, state)
  const initial = machine.initial
  const reachableFirst = Object.keys(machine.states[initial]?.to ?? {})
  if (status !== null && !known(status)) return { kind: 'invalid_status', allowed: Object.keys(machine.states) }
  if (event === null) {
    if (status === null || status === initial) return { kind: 'open', to: initial, notify: true }
    if (reachableFirst.includes(status)) return { kind: 'open', to: status, notify: false }
    return { kind: 'invalid_status', allowed: [initial, ...reachableFirst] }
  }
  if (event.closed)
    return status === null || status === initial
      ? { kind: 'open', to: initial, notify: true }
      : { kind: 'repeat', state: event.state }
  if (status === null || status === event.state) return { kind: 'repeat', state: event.state }
  const allowed = machine.states[event.state]?.to ?? {}
  return Object.hasOwn(allowed, status)
    ? { kind: 'move', from: event.state, to: status, notify: allowed[status]!.notify }
    : { kind: 'repeat', state: event.state }
}
