import { ActeonError } from '../../lib/errors.js'
import type { List, Page } from '../store.js'
import type { Step } from './step.js'
import { listOf, numberOf, rowOf, textOf, type Row } from './text.js'

const DEFAULT_LIMIT = 100
const MOST = 1_000
/** Rows that one page looks at in a partition, so that a filter that finds little cannot hold the server up. */
const MOST_EXAMINED = 2_000

/** What a list is of: an index by position, and the rows that it names. */
export interface Listed {
  index: string
  kind: string
  falling: boolean
  /** Fields of the rows and what they must be, or what they must be one of. */
  equals: Record<string, string | string[] | undefined>
  from?: number | undefined
  to?: number | undefined
  /** Only what is still kept, of events. */
  kept?: boolean
}

interface Found {
  partition: number
  position: number
  name: string
}

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

/**
 * One page over all partitions: they are asked for positions at once, which are merged, and then for the rows of those
 * that made the page. Positions differ over all partitions, so a cursor is one of them. A page may end early, when as
 * many rows were looked at as one page may.
 */
export async function pageOf<Item>(
  { server }: Step,
  { cursor, limit, namespace, tenant }: List,
  listed: Listed,
  show: (row: Row) => Item,
): Promise<Page<Item>> {
  const most = Math.min(MOST, Math.max(1, limit ?? DEFAULT_LIMIT))
  const { falling, equals, ...rest } = listed
  const asked = {
    ...rest,
    falling,
    equals: { ns: namespace, tn: tenant, ...equals },
    after: cursor === undefined ? '' : String(positionOf(cursor)),
    count: most + 1,
    most: MOST_EXAMINED,
  }
  const partitions =
    namespace !== undefined && tenant !== undefined
      ? [server.place({ namespace, tenant }).partition]
      : Array.from({ length: server.partitions }, (_, partition) => partition)
  const sign = falling ? -1 : 1
  const answers = await Promise.all(partitions.map((partition) => server.run('positions', partition, asked)))
  // Where a partition has not looked further, nothing may be shown that lies beyond.
  const horizon = Math.min(...answers.map(([upto]) => (upto === '' ? Infinity : sign * numberOf(upto))))
  const found = answers
    .flatMap(([, flat], i) => foundIn(listOf(flat), partitions[i]!))
    .filter(({ position }) => sign * position <= horizon)
    .sort((a, b) => sign * (a.position - b.position))
  const shown = found.slice(0, most)
  const items = (await rowsOf({ server }, listed.kind, shown)).map(show)
  const last = found.length > most ? shown.at(-1)!.position : horizon === Infinity ? null : sign * horizon
  return last === null ? { items } : { items, next_cursor: last.toString(36) }
}

function foundIn(flat: ReturnType<typeof listOf>, partition: number): Found[] {
  const found: Found[] = []
  for (let i = 0; i < flat.length; i += 2)
    found.push({ partition, position: numberOf(flat[i]), name: textOf(flat[i + 1]) })
  return found
}

/** The rows of a page, in its order; what went meanwhile is left out. */
async function rowsOf({ server }: Pick<Step, 'server'>, kind: string, page: Found[]): Promise<Row[]> {
  const rows = new Map<Found, Row>()
  await Promise.all(
    [...new Set(page.map(({ partition }) => partition))].map(async (partition) => {
      const wanted = page.filter((one) => one.partition === partition)
      const answer = await server.run('rows', partition, { kind, names: wanted.map(({ name }) => name) })
      wanted.forEach((one, i) => {
        const row = rowOf(answer[i])
        if (row !== null) rows.set(one, row)
      })
    }),
  )
  return page.map((one) => rows.get(one)).filter((row) => row !== undefined)
}
