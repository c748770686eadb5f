import type { SharedAudit } from './store.js'

/** `[audit] enabled = false`: nothing is recorded, and nothing waits in an outbox. */
export const discardedAudit: SharedAudit = {
  prepare: () => undefined,
  write: () => undefined,
}
