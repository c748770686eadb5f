import type { Outcome } from '../../action/outcome.js'
import { invalidStatus } from '../decisions.js'
import type { TransitionEnding } from '../plan.js'
import type { Admission, AdmitRequest } from '../store.js'
import { decideTransition, type TransitionDecision } from '../transition.js'
import { findEvent, indexLabels, removeEvent, type EventRow } from './events.js'
import { move, stateChanged, tellChange } from './moves.js'
import { notify } from './notifications.js'
import { nextSeq, type Step } from './step.js'

/** A decision that is not refused, and the event it is about. */
export interface Move {
  event: EventRow | null
  decision: Exclude<TransitionDecision, { kind: 'invalid_status' | 'other_machine' }>
  /** There will be one active event more. */
  opensActive: boolean
}

/** What an action's status would do, or the outcome that refuses it. */
export function decideFor(
  step: Step,
  scope: { namespace: string; tenant: string },
  { fingerprint, machine, status }: TransitionEnding,
): Move | { outcome: Outcome } {
  const event = findEvent(step, { ...scope, fingerprint })
  const decision = decideTransition(
    event === null ? null : { machine: event.machine, state: event.state, closed: event.active === 0 },
    machine,
    status,
  )
  switch (decision.kind) {
    case 'other_machine':
      return {
        outcome: {
          type: 'Failed',
          code: 'EVENT_OF_OTHER_MACHINE',
          message: `Fingerprint "${fingerprint}" belongs to an event of state machine "${decision.machine}", and the rule names "${machine.name}".`,
          retryable: false,
          attempts: 0,
        },
      }
    case 'invalid_status':
      return { outcome: invalidStatus(machine, status, event !== null, decision.allowed) }
    case 'open':
      return { event, decision, opensActive: machine.states[decision.to]?.final !== true }
    case 'move':
    case 'repeat':
      return { event, decision, opensActive: false }
  }
}

/** Does what was decided: opens, moves, or counts a repetition; the newest action is what later moves deliver. */
export function enterTransition(
  step: Step,
  request: AdmitRequest,
  ending: TransitionEnding,
  { event, decision }: Move,
): { outcome: Outcome; follow: Admission[]; links: { event: string } } {
  const { key, owner, context } = request
  const links = { event: ending.fingerprint }
  if (decision.kind === 'repeat') {
    const { state, version, occurrence } = see(step, event!, key.id, ending)
    return {
      outcome: stateChanged(ending.fingerprint, ending.machine.name, state, state, false, version, occurrence),
      follow: [],
      links,
    }
  }
  const seen = decision.kind === 'open' ? open(step, request, ending, event) : see(step, event!, key.id, ending)
  const from = decision.kind === 'open' ? null : decision.from
  const change = { from, since: from === null ? null : seen.updated_at, by: { action: key.id } }
  const moved = move(step, seen, ending.machine, decision.to, change)
  tellChange(step, moved, from, { action_id: key.id })
  const { version, occurrence } = moved
  return {
    outcome: stateChanged(
      ending.fingerprint,
      ending.machine.name,
      from,
      decision.to,
      decision.notify,
      version,
      occurrence,
    ),
    follow: decision.notify ? notify(step, moved, change, context, owner) : [],
    links,
  }
}

/** Counts an action that arrived for an event, and keeps it as the newest. */
function see(step: Step, event: EventRow, action_id: string, ending: TransitionEnding): EventRow {
  const { sql, now } = step
  const timeout = ending.machine.states[event.state]?.timeout
  const restarts = event.active === 1 && timeout?.restart_on_repeat === true
  const seen: EventRow = {
    ...event,
    count: event.count + 1,
    last_seen_at: now,
    last_action_id: action_id,
    provider: ending.deliver.action.provider,
    severity: ending.severity ?? event.severity,
    timeout_at: restarts ? now + timeout.after_ms : event.timeout_at,
  }
  sql.run(
    'UPDATE event SET count = ?, last_seen_at = ?, last_action_id = ?, provider = ?, severity = ?, timeout_at = ? WHERE id = ?',
    seen.count,
    now,
    action_id,
    seen.provider,
    seen.severity,
    seen.timeout_at,
    seen.id,
  )
  keepTerms(step, seen.id, ending)
  return seen
}

function keepTerms({ sql }: Step, id: number, { deliver, draft }: TransitionEnding): void {
  sql.run('INSERT OR REPLACE INTO event_terms VALUES (?, ?, ?)', id, JSON.stringify(deliver), JSON.stringify(draft))
}

/** Writes a new event, or the next occurrence of a closed one, still without a state; `move` enters the first. */
function open(step: Step, { key }: AdmitRequest, ending: TransitionEnding, closed: EventRow | null): EventRow {
  const { sql, tally, now } = step
  const { fingerprint, machine, action_type, labels, severity, deliver } = ending
  const scope = { namespace: key.namespace, tenant: key.tenant, fingerprint }
  if (closed === null) removeEvent(step, scope)
  const event: EventRow = {
    ...scope,
    id: closed?.id ?? nextSeq(step),
    machine: machine.name,
    state: machine.initial,
    active: 1,
    action_type,
    labels: JSON.stringify(labels),
    provider: deliver.action.provider,
    severity,
    occurrence: (closed?.occurrence ?? 0) + 1,
    version: closed?.version ?? 0,
    opened_at: now,
    updated_at: now,
    last_seen_at: now,
    count: 1,
    notified_count: 0,
    changed_by: '',
    timeout_at: null,
    timeout_to: null,
    timeout_notify: null,
    kept_until: null,
    last_action_id: key.id,
    changed: 0,
  }
  sql.run(
    'INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, NULL, NULL, NULL, NULL, ?, 0)',
    event.id,
    event.namespace,
    event.tenant,
    fingerprint,
    event.machine,
    event.state,
    action_type,
    event.labels,
    event.provider,
    severity,
    event.occurrence,
    event.version,
    now,
    now,
    now,
    event.changed_by,
    key.id,
  )
  tally.add('events', event.tenant, 1)
  indexLabels(step, event)
  keepTerms(step, event.id, ending)
  return event
}
