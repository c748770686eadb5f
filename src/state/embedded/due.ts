import type { MachineTable } from '../plan.js'
import type { Admission, DueWork, Op } from '../store.js'
import { groupDue } from './groups.js'
import { holdsLease } from './leases.js'
import { openDue } from './schedules.js'
import type { Step } from './step.js'
import { timeoutDue } from './timeouts.js'
import { PARKED, take, workAt } from './work.js'

/** What waits for its time lies in the row that it concerns, so that it is always that row's present state that is due. */
const KINDS = {
  work: 'SELECT due_at AS due, pos AS id FROM work WHERE due_at IS NOT NULL',
  group: 'SELECT due_at AS due, id FROM grp WHERE due_at IS NOT NULL',
  timeout: 'SELECT timeout_at AS due, id FROM event WHERE timeout_at IS NOT NULL',
} as const
type Kind = keyof typeof KINDS
const ORDER: Record<Kind, string> = { work: 'due_at, pos', group: 'due_at, id', timeout: 'timeout_at, id' }

interface Job {
  kind: Kind
  due: number
  id: number
}

/** The earliest jobs of all kinds, in due order. */
const earliest = ({ sql }: Step, limit: number): Job[] =>
  (Object.keys(KINDS) as Kind[])
    .flatMap((kind) =>
      sql
        .all<{ due: number; id: number }>(`${KINDS[kind]} ORDER BY ${ORDER[kind]} LIMIT ?`, limit)
        .map((row): Job => ({ kind, due: row.due, id: row.id })),
    )
    .sort((a, b) => a.due - b.due)
    .slice(0, limit)

/** When the earliest job is due; null when there is none. */
export const nextDue = (step: Step): number | null => earliest(step, 1)[0]?.due ?? null

/** Runs what is due, in due order (`StateStore.due`). A node without a lease runs nothing. */
export function due(
  step: Step,
  { owner, limit, machines }: Op & { owner: number; limit: number; machines: Record<string, MachineTable> },
): DueWork {
  const jobs = holdsLease(step, owner) ? earliest(step, limit).filter((job) => job.due <= step.now) : []
  const admissions = jobs.flatMap((job) => run(step, job, owner, machines))
  return {
    admissions,
    ran: jobs.length,
    next_due: nextDue(step),
    lag_ms: jobs.length === 0 ? 0 : step.now - jobs[0]!.due,
  }
}

function run(step: Step, { kind, id }: Job, owner: number, machines: Record<string, MachineTable>): Admission[] {
  switch (kind) {
    case 'work': {
      const work = workAt(step, id)
      return [work.status === PARKED ? take(step, work, owner) : openDue(step, work, owner)]
    }
    case 'group': {
      const sealed = groupDue(step, id, owner)
      return sealed === null ? [] : [sealed]
    }
    case 'timeout':
      return timeoutDue(step, id, owner, machines)
  }
}
