import type { MachineTable } from '../state/plan.js'
import type { Admission, StateStore } from '../state/store.js'
import { UNTRUSTED_PAUSE_MS, type Ask, type WorkLease } from './ask.js'

/** Jobs that are taken in one operation. */
export const DUE_LIMIT = 200
/** With this much work of the node's own under way, no more is taken: what is due waits where it is durable. */
const RUNNING_CAP = 5_000
const CROWDED_PAUSE_MS = 100
const AHEAD_PAUSE_MS = 20

/**
 * Takes the jobs that are due (group flushes, state timeouts, scheduled actions, parked retries: the store runs each
 * under the version or fence that armed it) and starts what they made due. The store alone decides what is due; our
 * notion of its clock only decides when to ask.
 * @returns when to ask again: at once while there is more, when the next one falls due, or after `idleMs()`
 */
export async function takeDue(parts: {
  state: Pick<StateStore, 'due'>
  ask: Ask
  lease: WorkLease
  machines: () => Record<string, MachineTable>
  start: (admissions: Admission[]) => void
  running: () => number
  idleMs: () => number
  observe?: ((event: { ran: number; lagMs: number }) => void) | undefined
}): Promise<number> {
  const { state, ask, lease, machines, start, running, idleMs, observe } = parts
  if (running() >= RUNNING_CAP) return CROWDED_PAUSE_MS
  if (!lease.trusted()) return UNTRUSTED_PAUSE_MS
  const owner = lease.owner()
  const work = await ask('due', 'until-done', (op) =>
    state.due({ ...op, owner, limit: DUE_LIMIT, machines: machines() }),
  )
  start(work.admissions)
  if (work.ran > 0) observe?.({ ran: work.ran, lagMs: work.lag_ms })
  if (work.ran >= DUE_LIMIT) return 0
  if (work.next_due === null) return idleMs()
  const waitMs = work.next_due - lease.storeNow()
  if (waitMs > 0) return Math.min(idleMs(), Math.ceil(waitMs))
  // Due by our notion of the store's clock and not by its own: ours is ahead, and asking without a pause would not help.
  return work.ran > 0 ? 0 : AHEAD_PAUSE_MS
}
