import type { Outcome } from '../../action/outcome.js'
import type { TraceGate } from '../../audit/trace.js'
import type { ScheduleEnding } from '../plan.js'
import type { Admission, AdmitRequest, DispatchContext, Origin } from '../store.js'
import { joined, type Admitting } from './admitting.js'
import { entryOf, freshDerivedKey, inId, newEntry, saveEntry } from './entries.js'
import { addFrame } from './frames.js'
import { parsed } from './json.js'
import { handOver } from './reservations.js'
import type { Step } from './step.js'
import {
  admissionOf,
  insertWork,
  planOf,
  removeWork,
  RUNNING,
  SCHEDULED,
  workAt,
  type Hold,
  type WorkRow,
} from './work.js'

/** Holds an action until it is due: its entry is settled, and has work that nobody owns. */
export function schedule(
  step: Step,
  { key, plan, original, context }: AdmitRequest,
  { entry, unplanned }: Admitting,
  { rule, delay_ms, at_ms }: ScheduleEnding,
  holds: Hold[],
  gates: TraceGate[],
): Outcome {
  const before = unplanned === null ? null : parsed<Extract<Origin, { kind: 'schedule' }>>(unplanned.origin)
  const passed = [...new Set([...(before?.passed ?? []), ...plan.gates.map((gate) => gate.rule)])]
  const rules = [...(before?.rules ?? []), rule]
  const due_at = at_ms ?? step.now + (delay_ms ?? 0)
  insertWork(step, entry, {
    status: SCHEDULED,
    owner: null,
    fence: (unplanned?.fence ?? entry.fence) + 1,
    due_at,
    idempotency_key: key.id,
    holds: joined(unplanned, holds),
    gates,
    context,
    origin: { kind: 'schedule', parent: key.id, rules, passed, planned: false },
    plan,
    sentAsPlanned: original === null && key.space === 'caller' && entry.try === 1,
  })
  return { type: 'Scheduled', action_id: key.id, scheduled_for: new Date(due_at).toISOString() }
}

/** Opens the derived action of a scheduled one that is due, unplanned, with what its parent still holds. */
export function openDue(step: Step, work: WorkRow, owner: number): Admission {
  const parent = entryOf(step, work.entry)
  const plan = planOf(step, work)
  const key = freshDerivedKey(step, parent, `due:${inId(parent.id)}`)
  const child = newEntry(step, key, '')
  const holds = work.holds === null ? [] : parsed<Hold[]>(work.holds)
  handOver(step, holds, parent.seq, { tenant: key.tenant, entry: child.seq, id: key.id })
  removeWork(step, work)
  parent.work = null
  parent.fence = work.fence + 1
  saveEntry(step, parent)
  insertWork(step, child, {
    status: RUNNING,
    owner,
    fence: 1,
    idempotency_key: key.id,
    holds,
    context: parsed<DispatchContext>(work.context),
    origin: parsed(work.origin),
    plan,
  })
  addFrame(step, 'scheduled_action_due', parent, {
    action_type: plan.action.action_type,
    action_id: parent.id,
    derived_id: key.id,
  })
  return admissionOf(step, workAt(step, child.work!))
}
