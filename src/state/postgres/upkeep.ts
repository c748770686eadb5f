import { auditEntryOf, type EntryTexts } from '../../audit/texts.js'
import type { AuditEntry } from '../../audit/record.js'
import type { MachineTable } from '../plan.js'
import {
  FRAMES_KEPT,
  FRAMES_KEPT_MS,
  type DueWork,
  type EntryKey,
  type EntryView,
  type Op,
  type OpenEntryList,
  type Page,
  type StateStats,
} from '../store.js'
import { pageOf } from './lists.js'
import { machinesOf } from './machines.js'
import { admissionOf, entryView, type AdmissionRow, type EntryRow } from './rows.js'
import { opOf } from './server.js'
import { settingsOf, type Step } from './step.js'

/** Runs what is due, in due order (`StateStore.due`). */
export async function due(
  step: Step,
  request: Op & { owner: number; limit: number; machines: Record<string, MachineTable> },
): Promise<DueWork> {
  const { owner, limit, machines } = request
  const answer = await step.server.call<Omit<DueWork, 'admissions'> & { admissions: AdmissionRow[] }>('due', {
    ...opOf(request, step.server),
    s: settingsOf(step),
    owner,
    limit,
    machines: machinesOf(machines),
  })
  return { ...answer, admissions: answer.admissions.map(admissionOf) }
}

/** The entry of an id, unless its time is over. */
export async function entry({ server, settings }: Step, key: EntryKey): Promise<EntryView | null> {
  const [found] = await server.read<{ row: EntryRow }>(
    `SELECT acteon.entry_view(e) AS row FROM acteon.entry e WHERE e.id = $1 AND e.tenant = $2 AND e.namespace = $3
      AND e.space = $4 AND NOT acteon.is_over(e, acteon.time_now($5), $6)`,
    [key.id, key.tenant, key.namespace, key.space, server.now() ?? null, settings.idRetentionMs],
  )
  return found === undefined ? null : entryView(found.row)
}

/** Oldest first. */
export const openEntries = (step: Step, { id, statuses, ...list }: OpenEntryList): Promise<Page<EntryView>> =>
  pageOf<EntryRow, EntryView>(step, list, {
    table: 'work',
    column: 'pos',
    falling: false,
    item: '(SELECT acteon.entry_view(e) FROM acteon.entry e WHERE e.seq = t.entry)',
    conditions: [
      ['t.entry IN (SELECT seq FROM acteon.entry WHERE id = ?)', id],
      ['t.status = ANY (?)', statuses],
    ],
    show: entryView,
  })

/** What no relay has acknowledged, in the order in which it was written. */
export async function outbox(
  { server }: Step,
  { limit }: { limit: number },
): Promise<{ position: string; entry: AuditEntry }[]> {
  const rows = await server.read<EntryTexts & { pos: string }>(
    'SELECT pos, draft, changes, decision, outcome, gates FROM acteon.outbox ORDER BY pos LIMIT $1',
    [limit],
  )
  return rows.map(({ pos, ...row }) => ({ position: pos, entry: auditEntryOf(row) }))
}

export async function acknowledge({ server }: Step, request: Op & { positions: string[] }): Promise<void> {
  await server.call('acknowledge', { ...opOf(request, server), positions: request.positions })
}

/** Removing 200 rows of a kind takes a few milliseconds; a caller that asks for more gets them in its next sweeps. */
const MOST_ROWS = 200

/** Removes what has expired, a few rows of each kind; how many. */
export async function sweep({ server, settings }: Step, request: Op & { limit: number }): Promise<number> {
  const { removed } = await server.call<{ removed: number }>('sweep', {
    ...opOf(request, server),
    limit: Math.min(MOST_ROWS, request.limit),
    retention: settings.idRetentionMs,
    letters_kept: settings.deadLetterRetentionMs,
    kept_ms: FRAMES_KEPT_MS,
    kept: FRAMES_KEPT,
  })
  return removed
}

export const stats = ({ server }: Step): Promise<StateStats> => server.call('stats', { now: server.now() })
