import type { Admission, StateStore } from '../state/store.js'
import { UNTRUSTED_PAUSE_MS, type Ask, type WorkLease } from './ask.js'

const RESUME_LIMIT = 32

/**
 * Takes over what nodes whose lease has run out left open, this node's former incarnations included.
 * @returns when to look again: at once while there is more
 */
export async function resumeAbandoned(parts: {
  state: Pick<StateStore, 'resume'>
  ask: Ask
  lease: WorkLease
  start: (admissions: Admission[]) => void
  everyMs: () => number
}): Promise<number> {
  const { state, ask, lease, start, everyMs } = parts
  if (!lease.trusted()) return UNTRUSTED_PAUSE_MS
  const owner = lease.owner()
  const admissions = await ask('resume', 'until-done', (op) => state.resume({ ...op, owner, limit: RESUME_LIMIT }))
  start(admissions)
  return admissions.length >= RESUME_LIMIT ? 0 : everyMs()
}
