import type { AuditEntry } from '../../audit/record.js'
import type { Completed, CompleteRequest, ParkRequest, Replaced } from '../store.js'
import { insertDeadLetter } from './dead-letters.js'
import { closeEntry, openWork, type OpenWork } from './entries.js'
import { announceOutcome } from './frames.js'
import { parsed } from './json.js'
import { advanceLane } from './lanes.js'
import { putOnRecord } from './recording.js'
import { duplicatesOf, release } from './reservations.js'
import type { Step } from './step.js'
import { PARKED, removeWork, RUNNING, setStatus, workAt, type Hold } from './work.js'

const REPLACED: Replaced = { kind: 'replaced' }

/** The open work of a key, if the caller may act for it. */
export function workUnder(
  step: Step,
  { key, owner, fence, unowned }: Pick<CompleteRequest, 'key' | 'owner' | 'fence' | 'unowned'>,
): OpenWork | null {
  const work = openWork(step, key)
  if (work === undefined || work.fence !== fence) return null
  return work.owner === (unowned === true ? null : owner) ? work : null
}

/** Settles open work: its outcome, its record, what it held, its dead letter, and the next of its lane. */
export function complete(step: Step, request: CompleteRequest): Completed | Replaced {
  const work = workUnder(step, request)
  if (work === null) return REPLACED
  const { owner, outcome, redacted, draft, dead_letter } = request
  const holds = work.holds === null ? [] : parsed<Hold[]>(work.holds)
  const duplicates = duplicatesOf(step, holds, work.entry)

  if (dead_letter !== undefined) insertDeadLetter(step, dead_letter, workAt(step, work.pos), duplicates)
  release(step, holds, work.entry, work.tenant, outcome)
  removeWork(step, work)
  closeEntry(step, work.entry, work.fence + (request.unowned === true ? 1 : 0), outcome)
  const record: AuditEntry = {
    draft,
    decision: {
      outcome: redacted,
      dispatched_at: work.dispatched_at,
      completed_at: step.now,
      try: work.try,
      ...(duplicates.count > 0 && { links: { duplicates } }),
    },
  }
  putOnRecord(step, record)
  announceOutcome(step, record)
  return { kind: 'done', completed_at: step.now, follow: advanceLane(step, work, owner), duplicates }
}

/** Stores a retry that is due later. Whoever held it holds it no more. */
export function park(step: Step, request: ParkRequest): { kind: 'parked'; due_at: number } | Replaced {
  const work = workUnder(step, request)
  if (work === null) return REPLACED
  const { delay_ms, attempts, outcome } = request
  const due_at = step.now + delay_ms
  step.sql.run(
    'UPDATE work SET status = ?, owner = NULL, fence = fence + 1, due_at = ?, attempts = ?, answer = ? WHERE pos = ?',
    PARKED,
    due_at,
    JSON.stringify(attempts),
    outcome === undefined ? null : JSON.stringify(outcome),
    work.pos,
  )
  setStatus(step, work.tenant, RUNNING, PARKED)
  return { kind: 'parked', due_at }
}
