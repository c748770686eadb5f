import type { AuditStore } from '../audit/store.js'
import type { StateStore } from '../state/store.js'
import type { Ask } from './ask.js'

/** Small, because a store of one process does nothing else meanwhile. */
const SWEEP_LIMIT = 200
/** Between two steps of one sweep, so that dispatches get their turn. */
const BREATH_MS = 20

/**
 * Removes one step's worth of what has expired in the state store.
 * @returns when to go on: soon while there is more, else after `everyMs`
 */
export async function sweepState(parts: {
  state: Pick<StateStore, 'sweep'>
  ask: Ask
  everyMs: () => number
}): Promise<number> {
  const { state, ask, everyMs } = parts
  const removed = await ask('sweep', 'until-known', (op) => state.sweep({ ...op, limit: SWEEP_LIMIT }))
  return removed >= SWEEP_LIMIT ? BREATH_MS : everyMs()
}

/** The same for audit records. */
export async function sweepAudit(parts: {
  audit: Pick<AuditStore, 'sweep'>
  storeNow: () => number
  everyMs: () => number
}): Promise<number> {
  const { audit, storeNow, everyMs } = parts
  const removed = await audit.sweep(storeNow(), SWEEP_LIMIT)
  return removed >= SWEEP_LIMIT ? BREATH_MS : everyMs()
}
