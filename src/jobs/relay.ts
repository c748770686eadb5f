import type { AuditStore } from '../audit/store.js'
import type { StateStore } from '../state/store.js'
import type { Ask } from './ask.js'

const RELAY_LIMIT = 500

/**
 * Carries audit entries from the state store's outbox to the audit store, where the two share no database. Appending is
 * idempotent, so what was appended but not acknowledged is appended again without effect, by this node or another.
 * @param audit null: no records are kept, and what waits is only cleared
 * @returns when to look again: at once while there is more
 */
export async function relayAudit(parts: {
  state: Pick<StateStore, 'outbox' | 'acknowledge'>
  audit: Pick<AuditStore, 'append'> | null
  ask: Ask
  everyMs: () => number
}): Promise<number> {
  const { state, audit, ask, everyMs } = parts
  const waiting = await state.outbox({ limit: RELAY_LIMIT })
  if (waiting.length === 0) return everyMs()
  await audit?.append(waiting.map(({ entry }) => entry))
  const positions = waiting.map(({ position }) => position)
  await ask('acknowledge', 'until-done', (op) => state.acknowledge({ ...op, positions }))
  return waiting.length >= RELAY_LIMIT ? 0 : everyMs()
}
