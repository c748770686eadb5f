import { ActeonError } from '../../lib/errors.js'
import type { List, Page } from '../store.js'
import type { Step } from './step.js'
import { escaped } from '../../lib/postgres-text.js'

const DEFAULT_LIMIT = 100
const MOST = 1_000

export const limitOf = (limit: number | undefined): number => Math.min(MOST, Math.max(1, limit ?? DEFAULT_LIMIT))

/** A position that a list goes on from. @throws ActeonError INVALID_REQUEST */
function positionOf(cursor: string): number {
  const position = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : NaN
  if (!Number.isSafeInteger(position))
    throw new ActeonError(
      'INVALID_REQUEST',
      `"${cursor.slice(0, 40)}" is not a cursor of this list; use the next_cursor of the page before, or none.`,
    )
  return position
}

/** One condition of a list, with `?` for its value; undefined: not asked for. */
export type Condition = [sql: string, value: string | number | boolean | readonly string[] | undefined]

/**
 * One page of a table in the order of a column of numbers.
 * @param what.item the expression that makes a row's JSON of the table's alias `t`
 */
export async function pageOf<Row, Item>(
  { server }: Step,
  list: List,
  what: {
    table: string
    column: string
    falling: boolean
    item: string
    conditions: Condition[]
    show: (row: Row) => Item
  },
): Promise<Page<Item>> {
  const { table, column, falling, item } = what
  const most = limitOf(list.limit)
  const values: unknown[] = [most + 1]
  const conditions: Condition[] = [
    ['t.namespace = ?', list.namespace],
    ['t.tenant = ?', list.tenant],
    [`t.${column} ${falling ? '<' : '>'} ?`, list.cursor === undefined ? undefined : positionOf(list.cursor)],
    ...what.conditions,
  ]
  const where = conditions
    .filter(([, value]) => value !== undefined)
    .map(([sql, value]) =>
      sql.replace('?', () => `$${values.push(typeof value === 'string' ? escaped(value) : value)}`),
    )
  const rows = await server.read<{ position: string; item: Row }>(
    `SELECT t.${column} AS position, ${item} AS item FROM acteon.${table} t
    ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY t.${column} ${falling ? 'DESC' : 'ASC'} LIMIT $1`,
    values,
  )
  const shown = rows.slice(0, most)
  const items = shown.map((row) => what.show(row.item))
  return rows.length <= most ? { items } : { items, next_cursor: Number(shown.at(-1)!.position).toString(36) }
}
