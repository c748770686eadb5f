import type { MachineTable } from '../plan.js'
import type { DueWork, Op } from '../store.js'
import { machinesOf } from './machines.js'
import type { Kept } from './memo.js'
import { admissionsOf } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { listOf, numberOf, textOf, type Reply } from './text.js'

interface Job {
  partition: number
  member: string
  due: number
}

/**
 * Runs what is due, in due order over all partitions (`StateStore.due`): one call asks all of them, and when something is
 * due another runs it where it lies.
 */
export const due = (
  step: Step,
  request: Op & { owner: number; limit: number; machines: Record<string, MachineTable> },
): Promise<DueWork> => step.memo.once<DueWork, Job[]>(request, (kept) => runDue(step, request, kept))

async function runDue(
  { server, settings, wake }: Step,
  request: Op & { owner: number; limit: number; machines: Record<string, MachineTable> },
  kept: Kept<Job[]>,
): Promise<DueWork> {
  const { owner, limit, machines } = request
  const op = opOf(request)
  const upcoming = await server.everywhere('upcoming', { ...op, owner, limit })
  const earliest = upcoming.map(([, , , jobs]) => (listOf(jobs)[1] === undefined ? null : numberOf(listOf(jobs)[1])))
  // What an earlier sending chose may have been done although its answer was lost: only asking there again tells.
  const chosen = (kept.chosen ??= upcoming
    .flatMap((found, partition) => dueIn(found, partition))
    .sort((a, b) => a.due - b.due)
    .slice(0, limit))
  if (chosen.length === 0) return { admissions: [], ran: 0, next_due: least(earliest), lag_ms: 0 }

  const ran = await Promise.all(
    [...new Set(chosen.map(({ partition }) => partition))].map(async (partition) => {
      const jobs = chosen.filter((job) => job.partition === partition)
      const answer = await server.run('due', partition, {
        ...op,
        owner,
        jobs: jobs.map(({ member }) => member),
        machines: machinesOf(machines, false),
        unrecorded: !settings.recorded,
      })
      earliest[partition] = answer[2] === '' ? null : numberOf(answer[2])
      return answer.slice(3).map((one) => ({ at: numberOf(answer[1]), one: listOf(one) }))
    }),
  )
  wake()
  const done = ran
    .flat()
    .filter(({ one: [at] }) => at !== '')
    .map(({ at, one: [jobDue, rows] }) => ({ due: numberOf(jobDue), lag: at - numberOf(jobDue), rows: listOf(rows) }))
    .sort((a, b) => a.due - b.due)
  return {
    admissions: done.flatMap(({ rows }) => admissionsOf(rows)),
    ran: done.length,
    next_due: least(earliest),
    lag_ms: Math.max(0, ...done.map(({ lag }) => lag)),
  }
}

/** What is due now in a partition, if the owner may run it. */
function dueIn([, now, isAlive, jobs]: Reply[], partition: number): Job[] {
  if (isAlive !== '1') return []
  const flat = listOf(jobs)
  const found: Job[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const at = numberOf(flat[i + 1])
    if (at <= numberOf(now)) found.push({ partition, member: textOf(flat[i]), due: at })
  }
  return found
}

const least = (times: (number | null)[]): number | null =>
  times.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null)
