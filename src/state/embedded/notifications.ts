import type { Plan } from '../plan.js'
import type { Admission, DispatchContext } from '../store.js'
import { freshDerivedKey, inId, newEntry } from './entries.js'
import type { EventRow } from './events.js'
import { parsed } from './json.js'
import type { Change } from './moves.js'
import { isLaneTaken, overtake } from './lanes.js'
import type { Step } from './step.js'
import { admissionOf, insertWork, QUEUED, RUNNING, workAt } from './work.js'

/**
 * Enters the notification of a move into the event's lane, in the step that moves it. It delivers the newest action of
 * the event, and is the owner's to send now, unless earlier ones have not ended.
 */
export function notify(
  step: Step,
  event: EventRow,
  { from, since, by }: Change,
  context: DispatchContext,
  owner: number,
): Admission[] {
  const { namespace, tenant, fingerprint, machine, state, occurrence, version } = event
  const { deliver } = step.sql.get<{ deliver: string }>('SELECT deliver FROM event_terms WHERE id = ?', event.id)!
  const lane = `event:${fingerprint}`
  const queued = isLaneTaken(step, { namespace, tenant, lane })
  overtake(step, { namespace, tenant, lane })
  const key = freshDerivedKey(step, event, `notify:${inId(fingerprint)}:${version}`)
  const entry = newEntry(step, key, '')
  insertWork(step, entry, {
    status: queued ? QUEUED : RUNNING,
    owner: queued ? null : owner,
    fence: 1,
    lane,
    idempotency_key: key.id,
    context,
    origin: {
      kind: 'notification',
      event: {
        fingerprint,
        state_machine: machine,
        previous_state: from,
        new_state: state,
        occurrence,
        version,
        started_at: new Date(event.opened_at).toISOString(),
        changed_at: new Date(event.updated_at).toISOString(),
        ...(since !== null && { previous_since: new Date(since).toISOString() }),
        moved_by: by,
      },
    },
    plan: parsed<Plan>(deliver),
  })
  step.sql.run('UPDATE event SET notified_count = notified_count + 1 WHERE id = ?', event.id)
  return queued ? [] : [admissionOf(step, workAt(step, entry.work!))]
}
