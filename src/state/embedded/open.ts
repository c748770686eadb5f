import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import type { SharedAudit } from '../../audit/store.js'
import { systemClock, type Clock } from '../../lib/clock.js'
import { ActeonError, type ErrorCode } from '../../lib/errors.js'
import { DEFAULT_LIMITS, type Durability, type Limits } from '../store.js'
import { storedCounters } from './counters.js'
import { checkVersion, prepareSchema } from './schema.js'
import { closeUnlocked, sqlOf, type Sql } from './sql.js'
import { createStore, type SqliteState } from './store.js'

/** What a state store in this process is opened with; both kinds take it. */
export interface StateOptions {
  /** The machine's when absent. A simulation passes virtual time. */
  clock?: Clock
  /** Caps per tenant; those that are left out have their defaults. */
  limits?: Partial<Limits>
  /** How long a settled id is answered; 24 h when absent. */
  idRetentionMs?: number
  /** How long a dead letter is kept; 30 d when absent. */
  deadLetterRetentionMs?: number
  /** Where audit shares the database: its records are written in the same transactions. Absent: they go to the outbox. */
  audit?: SharedAudit | undefined
  /** How many audit entries of one tenant may wait in the outbox; 100,000 when absent. */
  outboxBound?: number
  /** Calls a function in a later turn: operations that arrive until then share one commit. */
  defer?: (run: () => void) => void
  /** A flush to disk failed, or the file is damaged: nothing more is accepted, and the process should end. Called once. */
  onFatal?: (error: Error) => void
}

export interface EmbeddedOptions extends StateOptions {
  /** The data directory; made when it is not there. One process at a time has it open. */
  path: string
}

const DURABILITY: Durability = {
  class: 'embedded',
  degraded: false,
  says: 'Every answer waits until it is flushed to this disk: nothing is lost when the process is killed or the power fails.',
}
const FILE = 'acteon.db'
const CACHE_KIB = 64 * 1024
/** Of the log of commits, until it is written back into the database: 16 MiB. */
const CHECKPOINT_PAGES = 4_096

/**
 * Opens the state store of a data directory: SQLite in WAL mode, flushed at each (grouped) commit, on this thread. What
 * an earlier process left open may be resumed at once: the directory's lock proves that it is dead.
 * @throws ActeonError DATA_DIRECTORY_IN_USE when another process has it open, DATA_DAMAGED when it cannot be read
 */
export async function embeddedState(options: EmbeddedOptions): Promise<SqliteState> {
  const directory = resolve(options.path)
  const file = join(directory, FILE)
  makeDirectory(directory)
  keepPrivate(file)
  const sql = openLocked(file)
  try {
    flushEachCommit(sql, directory)
    checkWhole(sql, file)
    prepareSchema(sql)
    return openStore(sql, DURABILITY, options)
  } catch (error) {
    closeUnlocked(sql)
    throw explained(error, file)
  }
}

/** The directory's name is flushed too, or a power cut could take all of it away. SQLite does so for files in it. */
function makeDirectory(directory: string): void {
  const created = madeDirectory(directory)
  if (created === undefined || process.platform === 'win32') return
  for (let parent = dirname(directory); parent.length >= dirname(created).length; parent = dirname(parent)) {
    const opened = openSync(parent, 'r')
    try {
      fsyncSync(opened)
    } finally {
      closeSync(opened)
    }
    if (parent === dirname(parent)) break
  }
}

function madeDirectory(directory: string): string | undefined {
  try {
    return mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new ActeonError(
      'CONFIG_INVALID',
      `The data directory ${directory} cannot be made: ${(error as Error).message}. Let this user write there, or name another directory with [state] path.`,
      { directory },
      { cause: error },
    )
  }
}

/**
 * The file, and the log that SQLite makes beside it in its likeness, are for their owner alone. What is there already is
 * named and not opened: closing it again here would give away the lock that this process may have on it.
 */
function keepPrivate(file: string): void {
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600, flag: 'a' })
  for (const name of [file, `${file}-wal`]) if (existsSync(name)) chmodSync(name, 0o600)
}

/**
 * Opens the database alone: in exclusive locking mode its lock is kept from the first access until the process ends,
 * however it ends. It also needs no shared memory beside the file. Nothing is changed before its version is known.
 */
function openLocked(file: string): Sql {
  let database: DatabaseSyncInstance | undefined
  try {
    database = new DatabaseSync(file)
    const sql = sqlOf(database)
    sql.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT')
    checkVersion(sql, file)
    return sql
  } catch (error) {
    database?.close()
    throw explained(error, file)
  }
}

/** Puts the store together over a database that has its tables. */
export function openStore(sql: Sql, durability: Durability, options: StateOptions): SqliteState {
  const { clock = systemClock, audit = null } = options
  audit?.prepare(sql.database)
  expireLeases(sql, clock)
  return createStore({
    sql,
    clock,
    durability,
    settings: {
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      idRetentionMs: options.idRetentionMs ?? 86_400_000,
      deadLetterRetentionMs: options.deadLetterRetentionMs ?? 30 * 86_400_000,
      outboxBound: options.outboxBound ?? 100_000,
      audit,
    },
    defer: options.defer ?? ((run) => void setImmediate(run)),
    onFatal: options.onFatal ?? (() => {}),
  })
}

/** Whoever held a lease is dead, because this process has the directory now. */
function expireLeases(sql: Sql, clock: Clock): void {
  const now = Math.max(storedCounters(sql).clock, clock.now())
  sql.run('UPDATE node SET lease_until = ? WHERE lease_until > ?', now, now)
}

function flushEachCommit(sql: Sql, directory: string): void {
  const { journal_mode } = sql.get<{ journal_mode: string }>('PRAGMA journal_mode = WAL')!
  // An old database may read back something else than what a new one has: set and asked at every open.
  sql.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
    PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${64 * 1024 * 1024};
    PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF`)
  const { synchronous } = sql.get<{ synchronous: number }>('PRAGMA synchronous')!
  if (journal_mode !== 'wal' || synchronous !== 2)
    throw new ActeonError(
      'DATA_DAMAGED',
      `The database in ${directory} could not be set to flush each commit (journal ${journal_mode}, synchronous ${synchronous}; expected wal, 2). The file system may not support it; use a local disk.`,
    )
}

/** 40 MiB. */
const SMALL_PAGES = 10_000

/** A quick look at the structure: what is torn is refused here, and not found by a dispatch. */
function checkWhole(sql: Sql, file: string): void {
  const pages = sql.get<{ page_count: number }>('PRAGMA page_count')!.page_count
  // All of a small database; a large one would keep a start waiting, and is checked as it is read.
  if (pages > SMALL_PAGES) return
  const found = sql.get<{ quick_check: string }>('PRAGMA quick_check(1)')!.quick_check
  if (found !== 'ok')
    throw new ActeonError(
      'DATA_DAMAGED',
      `${file} is damaged (${found}). Restore it from a backup, or move it away to begin anew.`,
    )
}

const BUSY = 5
/** Read-only, and cannot be opened. */
const NOT_ALLOWED = new Set([8, 14])
/** Not enough memory, an error of the disk, and no room on it. */
const NOT_NOW = new Set([7, 10, 13])

/** What an error at open means to whoever starts Acteon. */
function explained(error: unknown, file: string): unknown {
  const { errcode, message } = error as Error & { errcode?: unknown }
  if (typeof errcode !== 'number') return error
  const primary = errcode & 0xff
  const refused = (code: ErrorCode, sentence: string): ActeonError =>
    new ActeonError(code, sentence, { file }, { cause: error })
  const detail = `${message}, SQLite ${errcode}`
  if (primary === BUSY)
    return refused(
      'DATA_DIRECTORY_IN_USE',
      `The data directory of ${file} is open in another process. One process at a time may have it: stop that one, or give this one a directory of its own ([state] path).`,
    )
  if (NOT_ALLOWED.has(primary))
    return refused(
      'CONFIG_INVALID',
      `${file} cannot be written (${detail}). Let this user write there, or name another directory with [state] path.`,
    )
  if (NOT_NOW.has(primary))
    return refused(
      'STATE_UNAVAILABLE',
      `${file} could not be opened now (${detail}); nothing is damaged. Make room or mend the disk, and start again.`,
    )
  return refused(
    'DATA_DAMAGED',
    `${file} cannot be read (${detail}). Restore it from a backup, or move it away to begin anew.`,
  )
}
