import { DatabaseSync } from '@photostructure/sqlite'
import { openStore, type StateOptions } from '../embedded/open.js'
import { prepareSchema } from '../embedded/schema.js'
import { sqlOf } from '../embedded/sql.js'
import type { SqliteState } from '../embedded/store.js'
import type { Durability } from '../store.js'

const DURABILITY: Durability = {
  class: 'memory',
  degraded: true,
  says: 'Everything is in the memory of this process, and ends with it: for tests and trials.',
}

/**
 * A state store that ends with the process: the embedded one over a database in memory, so that both behave the same. All
 * nodes of a simulation share one. A commit ends in the microtask after the operations that it holds, so that with a
 * virtual clock the same calls always run in the same order.
 *
 * @example
 * const state = await memoryState()
 * const { owner } = await state.join({ token: 't1', deadline: Date.now() + 30_000, node: 'a' })
 */
export async function memoryState(options: StateOptions = {}): Promise<SqliteState> {
  const sql = sqlOf(new DatabaseSync(':memory:'))
  sql.exec('PRAGMA foreign_keys = OFF')
  prepareSchema(sql)
  return openStore(sql, DURABILITY, { defer: queueMicrotask, ...options })
}
