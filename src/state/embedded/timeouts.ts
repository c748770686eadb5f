import type { MachineTable } from '../plan.js'
import type { Admission } from '../store.js'
import type { EventRow } from './events.js'
import { addFrame } from './frames.js'
import { move, recordMove } from './moves.js'
import { notify } from './notifications.js'
import type { Step } from './step.js'

const MACHINE_MISSING_RETRY_MS = 60_000

/**
 * A state was not left in time. The move is made as the machine that armed the timeout said; a node that does not know
 * the machine any more leaves the timeout for a minute later, when another or a reload may know it.
 */
export function timeoutDue(step: Step, id: number, owner: number, machines: Record<string, MachineTable>): Admission[] {
  const { sql } = step
  const event = sql.get<EventRow>('SELECT * FROM event WHERE id = ?', id)!
  const machine = Object.hasOwn(machines, event.machine) ? machines[event.machine]! : null
  if (machine === null || !Object.hasOwn(machine.states, event.timeout_to!)) {
    sql.run('UPDATE event SET timeout_at = ? WHERE id = ?', step.now + MACHINE_MISSING_RETRY_MS, id)
    return []
  }
  const from = event.state
  const notified = event.timeout_notify === 1
  const change = { from, since: event.updated_at, by: { timeout: from } }
  const moved = move(step, event, machine, event.timeout_to!, change)
  const { fingerprint, action_type, last_action_id, version } = moved
  addFrame(step, 'timeout', moved, {
    action_type,
    action_id: last_action_id,
    fingerprint,
    state_machine: moved.machine,
    previous_state: from,
    new_state: moved.state,
    version,
  })
  recordMove(step, moved, from, notified, {
    id: `timeout:${id}:${version}`,
    caller_id: 'acteon',
    auth_method: 'timeout',
  })
  const context = { caller_id: 'acteon', auth_method: 'timeout', trace_id: null }
  return notified ? notify(step, moved, change, context, owner) : []
}
