import { DatabaseSync } from '@photostructure/sqlite'
import { ownAudit, sharedAudit, type AuditInState, type AuditOptions } from '../embedded/audit.js'
import type { AuditStore } from '../store.js'

/** An audit in the database of the memory state store, prepared by it like the embedded one; gone with the process. */
export const memoryAudit = (options: AuditOptions): AuditInState => sharedAudit('memory', options)

/** An audit in memory of its own, for a state that is kept elsewhere; gone with the process. */
export const openMemoryAudit = (options: AuditOptions): AuditStore =>
  ownAudit('memory', new DatabaseSync(':memory:'), options)
