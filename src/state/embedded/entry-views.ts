import type { TraceAttempt } from '../../audit/trace.js'
import type { DispatchContext, EntryKey, EntryView, OpenEntryList, Origin, Page, StateStats } from '../store.js'
import { nextDue } from './due.js'
import { entryOf, findEntry, keyOfRow, sentAction, type EntryRow } from './entries.js'
import { parsed } from './json.js'
import { inScope, pageOf } from './lists.js'
import type { Step } from './step.js'
import { answerOf, planOf, STATUS_WORDS, workAt, type WorkRow } from './work.js'

export function entry(step: Step, key: EntryKey): EntryView | null {
  const row = findEntry(step, key)
  return row === null ? null : shown(step, row, row.work === null ? null : workAt(step, row.work))
}

function shown(step: Step, row: EntryRow, work: WorkRow | null): EntryView {
  const outcome = answerOf(row.outcome)
  const common = {
    key: keyOfRow(row),
    try: row.try,
    dispatched_at: row.dispatched_at,
    action: sentAction(step, row.seq),
  }
  if (work === null)
    return {
      ...common,
      status: 'settled',
      fence: row.fence,
      owner: null,
      due_at: null,
      settled_at: row.settled_at,
      outcome,
      plan: null,
      origin: null,
      context: null,
      attempts: [],
      lane: null,
      takeovers: 0,
    }
  return {
    ...common,
    status: STATUS_WORDS[work.status],
    fence: work.fence,
    owner: work.owner,
    due_at: work.due_at,
    settled_at: row.settled_at,
    outcome: outcome ?? answerOf(work.answer),
    plan: planOf(step, work),
    origin: parsed<Origin>(work.origin),
    context: parsed<DispatchContext>(work.context),
    attempts: parsed<TraceAttempt[]>(work.attempts),
    lane: work.lane,
    takeovers: work.takeovers,
  }
}

/** Oldest first. */
export const openEntries = (step: Step, { id, statuses, ...list }: OpenEntryList): Page<EntryView> =>
  pageOf(list, {
    first: 0,
    read: (after, count) =>
      step.sql.all<Pick<WorkRow, 'pos' | 'status' | 'namespace' | 'tenant'> & { id: string }>(
        `SELECT w.pos, w.status, w.namespace, w.tenant, e.id FROM work w JOIN entry e ON e.seq = w.entry
        WHERE w.pos > ? ORDER BY w.pos LIMIT ?`,
        after,
        count,
      ),
    position: ({ pos }) => pos,
    isWanted: (row) =>
      inScope(row, list) &&
      (id ?? row.id) === row.id &&
      (statuses === undefined || statuses.some((one) => one === STATUS_WORDS[row.status])),
    show: ({ pos }) => {
      const work = workAt(step, pos)
      return shown(step, entryOf(step, work.entry), work)
    },
  })

export function stats(step: Step): StateStats {
  const { tally, now } = step
  const next = nextDue(step)
  const [running, queued, parked, scheduled] = (['running', 'queued', 'parked', 'scheduled'] as const).map(tally.total)
  return {
    open: running! + queued! + parked! + scheduled!,
    queued: queued!,
    parked: parked!,
    scheduled: scheduled!,
    jobs: parked! + scheduled! + tally.total('groups') + tally.total('timeouts'),
    job_lag_ms: next === null ? 0 : Math.max(0, now - next),
    groups: tally.total('groups'),
    events: tally.total('events'),
    dead_letters: tally.total('dead_letters'),
    outbox: tally.total('outbox'),
  }
}
