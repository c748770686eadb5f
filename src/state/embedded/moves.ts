import type { Outcome } from '../../action/outcome.js'
import type { RecordDraft } from '../../audit/record.js'
import type { MachineTable } from '../plan.js'
import type { MovedBy } from '../store.js'
import { unindexLabels, type EventRow } from './events.js'
import { addFrame } from './frames.js'
import { parsed } from './json.js'
import { putOnRecord } from './recording.js'
import { nextSeq, type Step } from './step.js'

/** The outcome, or what goes on record, of a move; of a repetition when both states are equal. */
export const stateChanged = (
  fingerprint: string,
  state_machine: string,
  previous_state: string | null,
  new_state: string,
  notify: boolean,
  version: number,
  occurrence: number,
): Outcome => ({
  type: 'StateChanged',
  fingerprint,
  previous_state,
  new_state,
  notify,
  state_machine,
  version,
  occurrence,
})

/** How an event came to its new state. */
export interface Change {
  /** Null: this occurrence had none. */
  from: string | null
  /** When it entered `from`. */
  since: number | null
  by: MovedBy
}

/** Enters a state: version, history, timeout, and the event's end where the state is final. */
export function move(step: Step, event: EventRow, machine: MachineTable, to: string, { from, by }: Change): EventRow {
  const { sql, tally, now } = step
  const state = machine.states[to]
  const closes = state === undefined || state.final
  const timeout = closes ? null : state.timeout
  const moved: EventRow = {
    ...event,
    state: to,
    version: event.version + 1,
    active: closes ? 0 : 1,
    updated_at: now,
    changed_by: 'action' in by ? by.action : 'caller' in by ? by.caller : 'timeout',
    timeout_at: timeout === null ? null : now + timeout.after_ms,
    timeout_to: timeout?.to ?? null,
    timeout_notify: timeout === null ? null : Number(timeout.notify),
    kept_until: closes ? now + machine.retention_ms : null,
    changed: nextSeq(step),
  }
  sql.run(
    `UPDATE event SET state = ?, version = ?, active = ?, updated_at = ?, changed_by = ?, timeout_at = ?, timeout_to = ?,
      timeout_notify = ?, kept_until = ?, changed = ? WHERE id = ?`,
    to,
    moved.version,
    moved.active,
    now,
    moved.changed_by,
    moved.timeout_at,
    moved.timeout_to,
    moved.timeout_notify,
    moved.kept_until,
    moved.changed,
    moved.id,
  )
  sql.run(
    'INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)',
    moved.id,
    moved.version,
    moved.occurrence,
    from,
    to,
    now,
    JSON.stringify(by),
  )
  tally.add('timeouts', moved.tenant, Number(moved.timeout_at !== null) - Number(event.timeout_at !== null))
  if (closes) {
    tally.add('events', moved.tenant, -1)
    unindexLabels(step, moved)
  }
  return moved
}

/** Tells the stream of a move. */
export function tellChange(step: Step, event: EventRow, from: string | null, more: Record<string, unknown>): void {
  addFrame(step, 'action_status_changed', event, {
    action_type: event.action_type,
    fingerprint: event.fingerprint,
    state_machine: event.machine,
    previous_status: from,
    new_status: event.state,
    version: event.version,
    ...more,
  })
}

/** Puts a move that no dispatch made on record, under the newest action's id; its version tells moves of one instant apart. */
export function recordMove(
  step: Step,
  event: EventRow,
  from: string,
  notified: boolean,
  changes: Partial<RecordDraft>,
): void {
  const { draft } = step.sql.get<{ draft: string }>('SELECT draft FROM event_terms WHERE id = ?', event.id)!
  const { fingerprint, machine, state, version, occurrence } = event
  putOnRecord(step, {
    draft: { ...parsed<RecordDraft>(draft), ...changes, kind: 'transition' },
    decision: {
      outcome: stateChanged(fingerprint, machine, from, state, notified, version, occurrence),
      dispatched_at: step.now,
      completed_at: step.now,
      try: version,
      links: { event: fingerprint },
    },
  })
}
