import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { ActeonError } from '../../lib/errors.js'
import type { AuditStore } from '../store.js'
import { ownAudit, type AuditOptions } from './audit.js'

/**
 * Opens an audit in a file of its own, for a state that is kept elsewhere; `append` feeds it from the state's outbox.
 * One process at a time: the file is locked as long as it is open.
 * @param options.path the database file; its directory is made
 * @throws ActeonError DATA_DIRECTORY_IN_USE, or DATA_DAMAGED when the file is no database that this version can read
 */
export function openEmbeddedAudit(options: AuditOptions & { path: string }): AuditStore {
  const { path } = options
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path)
  try {
    // The lock comes with the first access after this.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000')
    const { synchronous } = db.prepare('PRAGMA synchronous').get() as { synchronous: number }
    if (synchronous !== 2)
      throw new ActeonError(
        'DATA_DAMAGED',
        `"${path}" cannot be written durably: SQLite answers synchronous = ${synchronous}.`,
      )
    db.exec('BEGIN IMMEDIATE; COMMIT')
    // What actions carried is for the owner alone; the log beside it takes the same mode.
    chmodSync(path, 0o600)
    return ownAudit('embedded', db, options, () => closeUnlocked(db))
  } catch (error) {
    db.close()
    throw explained(path, error)
  }
}

/**
 * Statements are finalised only when they are garbage collected, and until then a closed database keeps its lock: it is
 * given back first.
 */
function closeUnlocked(db: DatabaseSyncInstance): void {
  db.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL')
  db.prepare('SELECT count(*) FROM audit_meta').get()
  db.close()
}

function explained(path: string, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  if (/locked|busy/i.test(message))
    return new ActeonError(
      'DATA_DIRECTORY_IN_USE',
      `Another process has the audit database "${path}" open. Stop it, or configure another [audit] url for this node.`,
      { path },
      { cause: error },
    )
  if (/not a database|malformed|corrupt/i.test(message))
    return new ActeonError(
      'DATA_DAMAGED',
      `"${path}" is no audit database that can be read (${message}). Restore it from a backup, or move it away to begin anew.`,
      { path },
      { cause: error },
    )
  return error
}
