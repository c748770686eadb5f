import type { AuditEntry, RecordDraft } from '../../audit/record.js'
import type { Op, StateStats } from '../store.js'
import { positionOf } from './frames.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, parsed } from './text.js'

/** Audit entries that no relay has acknowledged, oldest first over all partitions. */
export async function outbox(
  { server }: Step,
  { limit }: { limit: number },
): Promise<{ position: string; entry: AuditEntry }[]> {
  const found = await server.everywhere('outbox', { limit })
  return found
    .flat()
    .map(positionOf)
    .sort((a, b) => a.position - b.position)
    .slice(0, limit)
    .map(({ position, fields }) => {
      const draft = parsed<RecordDraft>(fields['draft']!)
      const changes = fields['changes'] === '' ? null : parsed<Partial<RecordDraft>>(fields['changes']!)
      const decision = parsed<AuditEntry['decision']>(fields['decision']!)
      // What has changes is a move that no dispatch made.
      const whole: RecordDraft = changes === null ? draft : { ...draft, ...changes, kind: 'transition' }
      return { position: String(position), entry: { draft: whole, decision } }
    })
}

export async function acknowledge({ server }: Step, request: Op & { positions: string[] }): Promise<void> {
  const byPartition = new Map<number, string[]>()
  for (const position of request.positions) {
    const partition = Number(position) % server.partitions
    const list = byPartition.get(partition) ?? []
    byPartition.set(partition, list)
    list.push(position)
  }
  await Promise.all(
    [...byPartition].map(([partition, positions]) =>
      server.run('acknowledge', partition, { ...opOf(request), positions }),
    ),
  )
}

/** A few rows of each kind keep a script short; a caller that asks for more gets them in its next sweeps. */
const MOST_ROWS = 200

/** Removes what has expired, in all partitions at once; how much. */
export const sweep = ({ server, memo, settings }: Step, request: Op & { limit: number }): Promise<number> =>
  memo.once(request, async () => {
    const asked = {
      ...opOf(request),
      limit: Math.min(MOST_ROWS, request.limit),
      retention: settings.idRetentionMs,
      letter_retention: settings.deadLetterRetentionMs,
    }
    const answers = await Promise.all([server.everywhere('sweep', asked), server.run('sweep_global', 'global', asked)])
    return [...answers[0], answers[1]].reduce((sum, [, removed]) => sum + numberOf(removed), 0)
  })

export async function stats({ server }: Step): Promise<StateStats> {
  const all = await server.everywhere('stats', {})
  const sum = (at: number): number => all.reduce((total, found) => total + numberOf(found[at]), 0)
  const [running, queued, parked, scheduled, groups, events, timeouts, dead_letters, waiting] = [
    ...Array.from({ length: 9 }, (_, i) => sum(i + 2)),
  ] as [number, number, number, number, number, number, number, number, number]
  const lags = all.map(([now, due]) => (due === '' ? 0 : numberOf(now) - numberOf(due)))
  return {
    open: running + queued + parked + scheduled,
    queued,
    parked,
    scheduled,
    jobs: parked + scheduled + groups + timeouts,
    job_lag_ms: Math.max(0, ...lags),
    groups,
    events,
    dead_letters,
    outbox: waiting,
  }
}
