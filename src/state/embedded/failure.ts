import { StoreUnavailable } from '../store.js'

const FULL = 13
const UNAVAILABLE = new Map([
  [5, 'the database is locked by another program'],
  [6, 'the database is locked'],
  [7, 'there is not enough memory'],
  [8, 'the database cannot be written'],
  [10, 'the disk reported an error'],
  [FULL, 'there is no room left on the disk'],
  [14, 'a file could not be opened'],
])
const DAMAGED = new Set([11, 26])
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC: after these nobody knows what the disk holds. */
const FSYNC = new Set([1034, 1290])

/** Whether an operation failed because the disk is full. */
export const isFull = (error: unknown): boolean =>
  error instanceof StoreUnavailable && (error.cause as { errcode?: unknown } | undefined)?.errcode === FULL

/**
 * What an error of SQLite means for the operation that met it. `fatal`: the store must not go on, because a flush failed
 * (the kernel may have dropped what it could not write, and a second try would report success) or the file is damaged.
 */
export function failureOf(error: unknown, during: 'statement' | 'commit'): { error: unknown; fatal: boolean } {
  const code = (error as { errcode?: unknown }).errcode
  if (typeof code !== 'number') return { error, fatal: false }
  const primary = code & 0xff
  const detail = `${(error as Error).message}, SQLite ${code}`
  if (FSYNC.has(code))
    return {
      error: new StoreUnavailable(
        `A flush to disk failed (${detail}), so what it holds is unknown. Nothing more is accepted; check the disk and start again.`,
        during === 'commit' ? 'unknown' : 'no',
        { cause: error },
      ),
      fatal: true,
    }
  if (DAMAGED.has(primary))
    return {
      error: new StoreUnavailable(
        `The data directory is damaged (${detail}). Nothing more is accepted; restore it from a backup, or move it away.`,
        'no',
        { cause: error },
      ),
      fatal: true,
    }
  const reason = UNAVAILABLE.get(primary)
  if (reason === undefined) return { error, fatal: false }
  // A write that failed for another reason than room may yet have reached the disk, and be found there after a crash.
  const applied = during === 'commit' && primary !== FULL ? 'unknown' : 'no'
  return {
    error: new StoreUnavailable(`The state store cannot write: ${reason} (${detail}).`, applied, { cause: error }),
    fatal: false,
  }
}
