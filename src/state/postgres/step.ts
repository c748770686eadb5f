import type { Limits } from '../store.js'
import type { Server } from './server.js'

/** What every operation works with. */
export interface Step {
  readonly server: Server
  readonly settings: Settings
}

export interface Settings {
  limits: Limits
  /** How long a settled id is answered, milliseconds. */
  idRetentionMs: number
  /** How long a dead letter is kept, milliseconds. */
  deadLetterRetentionMs: number
  /** How many audit entries of one tenant may wait in the outbox. */
  outboxBound: number
  /** Where records go: into an audit's tables in this database, nowhere, or into the outbox. */
  audit: { schema: string; ttlMs: number | null } | 'off' | null
}

/** The settings as functions read them. */
export const settingsOf = ({ settings }: Step): object => {
  const { audit, idRetentionMs, outboxBound, limits } = settings
  const where = audit === null ? {} : audit === 'off' ? { audit } : { audit: audit.schema, ttl_ms: audit.ttlMs }
  return { ...where, retention: idRetentionMs, bound: outboxBound, limits }
}
