import type { DatabaseSyncInstance } from '@photostructure/sqlite'

type Bound = string | number | null | Uint8Array
type Statement = ReturnType<DatabaseSyncInstance['prepare']>

/** A database with its statements prepared once, by their text. All calls are synchronous. */
export interface Sql {
  readonly database: DatabaseSyncInstance
  /** The first row, or undefined. */
  get<Row>(text: string, ...values: Bound[]): Row | undefined
  all<Row>(text: string, ...values: Bound[]): Row[]
  /** Runs a statement that answers no rows; how many rows it changed. */
  run(text: string, ...values: Bound[]): number
  exec(text: string): void
}

export function sqlOf(database: DatabaseSyncInstance): Sql {
  const prepared = new Map<string, Statement>()
  const statement = (text: string): Statement => {
    let found = prepared.get(text)
    if (found === undefined) {
      found = database.prepare(text)
      prepared.set(text, found)
    }
    return found
  }
  return {
    database,
    get: <Row>(text: string, ...values: Bound[]) => statement(text).get(...values) as Row | undefined,
    all: <Row>(text: string, ...values: Bound[]) => statement(text).all(...values) as Row[],
    run: (text, ...values) => statement(text).run(...values).changes,
    exec: (text) => database.exec(text),
  }
}

/**
 * Closes a database and gives its lock back at once. The driver finalises statements only when they are collected, and
 * until then a closed database keeps its lock; the lock of a WAL database is given back by leaving WAL.
 */
export function closeUnlocked({ database }: Sql): void {
  if (!database.isOpen) return
  try {
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema')
  } finally {
    database.close()
  }
}

/** A key of 64 hex digits in half the room; any other text as it is. */
export const packed = (key: string): Uint8Array =>
  /^[0-9a-f]{64}$/.test(key) ? Buffer.from(key, 'hex') : Buffer.from(key, 'utf8')
