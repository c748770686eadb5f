import type { Transitioned, TransitionRequest } from '../store.js'
import { findEvent } from './events.js'
import { holdsLease } from './leases.js'
import { move, recordMove, tellChange } from './moves.js'
import { notify } from './notifications.js'
import type { Step } from './step.js'

/** Moves an event by hand (`StateStore.transition`). */
export function transition(step: Step, request: TransitionRequest): Transitioned {
  const { owner, namespace, tenant, fingerprint, to, by, caller, record_id, machines } = request
  if (!holdsLease(step, owner)) return { kind: 'not_owner' }
  const event = findEvent(step, { namespace, tenant, fingerprint })
  if (event === null) return { kind: 'unknown' }
  const { state: from, version } = event
  if (to === from) return { kind: 'moved', previous_state: from, new_state: from, notify: false, version, follow: [] }
  const machine = Object.hasOwn(machines, event.machine) ? machines[event.machine] : undefined
  const allowed = machine?.states[from]?.to ?? {}
  if (machine === undefined || !Object.hasOwn(allowed, to))
    return { kind: 'not_allowed', state: from, allowed: Object.keys(allowed) }
  const notified = allowed[to]!.notify
  const change = { from, since: event.updated_at, by }
  const moved = move(step, event, machine, to, change)
  tellChange(step, moved, from, { action_id: moved.last_action_id, by: by.caller })
  recordMove(step, moved, from, notified, { ...caller, id: record_id })
  const context = { caller_id: caller.caller_id, auth_method: caller.auth_method, trace_id: caller.trace_id }
  const follow = notified ? notify(step, moved, change, context, owner) : []
  return { kind: 'moved', previous_state: from, new_state: to, notify: notified, version: moved.version, follow }
}
