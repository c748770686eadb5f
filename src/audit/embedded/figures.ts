import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite'
import { FIGURE_KEYS, type Figure, type FigureKey, type FigureQuery } from '../store.js'
import { BUCKETS, eachBucket } from './tables.js'

const MINUTE_MS = 60_000
/** Minutes that are summed before the event loop has its turn. */
const SLICE_MINUTES = 1_440

type Row = { bucket: number; count: number; sum_ms: number } & Record<string, number | string>

/**
 * Sums of the roll-up. A minute that `from` or `to` lies in is counted whole. Buckets are counted from the first minute;
 * empty ones are left out; ordered by time, then by key.
 */
export function figuring(db: DatabaseSyncInstance) {
  const statements = new Map<string, StatementSyncInstance>()
  const prepared = (sql: string): StatementSyncInstance => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }

  return async function figures({ from, to, where = {}, group_by, bucket_minutes }: FigureQuery): Promise<Figure[]> {
    const [first, end] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)]
    const keys = FIGURE_KEYS.filter((key) => group_by.includes(key))
    const filters = FIGURE_KEYS.filter((key) => where[key] !== undefined)
    const bucket = bucket_minutes === undefined ? '0' : 'CAST((f.minute - ?3) / ?4 AS INTEGER)'
    const statement = prepared(`
      SELECT ${[`${bucket} AS bucket`, ...keys.map((key) => `s.${key}`)].join(', ')},
        sum(f.count) AS count, sum(f.sum_ms) AS sum_ms, ${eachBucket((b) => `sum(f.${b}) AS ${b}`)}
      FROM audit_figure f CROSS JOIN audit_series s ON s.id = f.series
      WHERE f.minute >= ?1 AND f.minute < ?2 AND ?3 = ?3 AND ?4 = ?4
        ${filters.map((key, i) => `AND s.${key} = ?${i + 5}`).join(' ')}
      GROUP BY ${['bucket', ...keys.map((key) => `s.${key}`)].join(', ')}`)
    const width = Math.max(1, Math.trunc(bucket_minutes ?? 1))
    const sums = new Map<string, Figure>()
    // Minutes without records cost nothing, so slices begin where there are some.
    for (let at = nextMinute(first, end); at !== null; at = nextMinute(at + SLICE_MINUTES, end)) {
      const until = Math.min(at + SLICE_MINUTES, end)
      const rows = statement.all(at, until, first, width, ...filters.map((key) => where[key])) as Row[]
      for (const row of rows)
        add(sums, row, keys, bucket_minutes === undefined ? from : (first + row.bucket * width) * MINUTE_MS)
      await turn()
    }
    return [...sums.values()].sort((a, b) => a.at - b.at || compare(keyText(a.key, keys), keyText(b.key, keys)))
  }

  function nextMinute(from: number, end: number): number | null {
    const row = prepared('SELECT min(minute) AS minute FROM audit_figure WHERE minute >= ? AND minute < ?').get(
      from,
      end,
    )
    return (row as { minute: number | null }).minute
  }
}

function add(sums: Map<string, Figure>, row: Row, keys: FigureKey[], at: number): void {
  const key = Object.fromEntries(keys.map((name) => [name, row[name] as string]))
  const name = `${at} ${keyText(key, keys)}`
  let figure = sums.get(name)
  if (figure === undefined)
    sums.set(name, (figure = { at, key, count: 0, sum_ms: 0, buckets: Array.from({ length: BUCKETS }, () => 0) }))
  figure.count += row.count
  figure.sum_ms += row.sum_ms
  for (let i = 0; i < BUCKETS; i++) figure.buckets[i]! += row[`b${i}`] as number
}

const keyText = (key: Figure['key'], keys: FigureKey[]): string => JSON.stringify(keys.map((name) => key[name]))
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
