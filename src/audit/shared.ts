import type { PostgresAuditOptions } from './postgres/audit.js'
import type { AuditStore } from './store.js'

/**
 * Opens records that many nodes share, in a PostgreSQL database; its client is loaded by whom it concerns only.
 * @throws ActeonError as `openPostgresAudit`
 */
export const postgresAudit = async (options: PostgresAuditOptions): Promise<AuditStore> =>
  (await import('./postgres/audit.js')).openPostgresAudit(options)
