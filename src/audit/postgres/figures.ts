import { escaped, plain } from '../../lib/postgres-text.js'
import { DURATION_BOUNDS_MS, FIGURE_KEYS, type Figure, type FigureKey, type FigureQuery } from '../store.js'
import type { Read } from './rows.js'

const MINUTE_MS = 60_000

const column = (key: FigureKey): string => (key === 'carrier' ? "coalesce(nullif(stand_in, ''), provider)" : key)

type Row = { bucket: string; count: string; sum_ms: string; buckets: string[] } & Record<string, unknown>

/** Sums of the roll-up. A minute that `from` or `to` lies in is counted whole; ordered by time, then by key. */
export function figuring(read: Read) {
  return async function figures({ from, to, where = {}, group_by, bucket_minutes }: FigureQuery): Promise<Figure[]> {
    const [first, end] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)]
    const keys = FIGURE_KEYS.filter((key) => group_by.includes(key))
    const width = Math.max(1, Math.trunc(bucket_minutes ?? 1))
    const values: unknown[] = [first, end, width]
    const filters = FIGURE_KEYS.filter((key) => where[key] !== undefined).map(
      (key) => `AND ${column(key)} = $${values.push(escaped(where[key]!))}`,
    )
    const bucket = bucket_minutes === undefined ? '0 * $1::bigint * $3::bigint' : '(minute - $1::bigint) / $3::bigint'
    const sums = Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, (_, i) => `sum(buckets[${i + 1}])`)
    const rows = await read<Row>(
      `SELECT ${[`${bucket} AS bucket`, ...keys.map((key) => `${column(key)} AS ${key}`)].join(', ')}, sum(count) AS count, sum(sum_ms) AS sum_ms,
        ARRAY[${sums.join(', ')}] AS buckets
      FROM acteon.audit_figure WHERE minute >= $1 AND minute < $2 ${filters.join(' ')}
      GROUP BY ${[1, ...keys.map(column)].join(', ')} HAVING sum(count) <> 0`,
      values,
    )
    return rows
      .map((row): Figure => ({
        at: bucket_minutes === undefined ? from : (first + Number(row.bucket) * width) * MINUTE_MS,
        key: Object.fromEntries(keys.map((key) => [key, plain(row[key] as string)])),
        count: Number(row.count),
        sum_ms: Number(row.sum_ms),
        buckets: row.buckets.map(Number),
      }))
      .sort(
        (a, b) =>
          a.at - b.at || compare(JSON.stringify(keys.map((k) => a.key[k])), JSON.stringify(keys.map((k) => b.key[k]))),
      )
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
