import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite'
import { SERIES_COLUMNS, type SeriesColumn } from './tables.js'

/** Places in time: from `from` on, before `before`. */
export interface Range {
  from: bigint
  before: bigint
}

/** What a piece of a scan found, newest first. */
export interface Piece {
  found: bigint[]
  /** How many records were looked at. */
  examined: number
  /** Where the next piece goes on: before this place; null at the end. */
  before: bigint | null
}

/** Goes through what matches, newest first, at most `max` records looked at per call. */
export type Scan = (max: number) => Piece

export type SeriesFilter = { [K in SeriesColumn]?: string | undefined }

/** Up to this many matching series are merged; for more, all records are gone through and their series looked at. */
const MERGED = 1_000
/** First and largest number of places read ahead of one series. */
const BLOCK = { first: 16, most: 512 }

/** Reads places by index alone; records are fetched by place afterwards. */
export function scanner(db: DatabaseSyncInstance) {
  const withBigInts = (sql: string): StatementSyncInstance => {
    const statement = db.prepare(sql)
    statement.setReadBigInts(true)
    return statement
  }
  const byTime = withBigInts(
    `SELECT place, series FROM audit_record INDEXED BY audit_by_time WHERE place < ? AND place >= ? ORDER BY place DESC LIMIT ?`,
  )
  const byChain = withBigInts(
    `SELECT place, series FROM audit_record WHERE chain_id = ? AND place < ? AND place >= ? ORDER BY place DESC LIMIT ?`,
  )
  const bySeries = withBigInts(
    `SELECT place FROM audit_record INDEXED BY audit_by_series WHERE series = ? AND place < ? AND place >= ? ORDER BY place DESC LIMIT ?`,
  )
  const countSeries = db.prepare(
    `SELECT count(*) AS n FROM (SELECT 1 FROM audit_record INDEXED BY audit_by_series WHERE series = ? AND place < ? AND place >= ? LIMIT ?)`,
  )
  const countTime = db.prepare(
    `SELECT count(*) AS n FROM (SELECT 1 FROM audit_record INDEXED BY audit_by_time WHERE place < ? AND place >= ? LIMIT ?)`,
  )
  const seriesStatements = new Map<string, StatementSyncInstance>()

  /** Numbers of the series that match; null: all do. */
  function matching(filter: SeriesFilter): bigint[] | null {
    const columns = SERIES_COLUMNS.filter((name) => filter[name] !== undefined)
    if (columns.length === 0) return null
    const where = columns.map((name) => `${name} = ?`).join(' AND ')
    let statement = seriesStatements.get(where)
    if (statement === undefined)
      seriesStatements.set(where, (statement = withBigInts(`SELECT id FROM audit_series WHERE ${where}`)))
    return (statement.all(...columns.map((name) => filter[name])) as { id: bigint }[]).map(({ id }) => id)
  }

  /** Goes through an index in time order and keeps what is of one of the series. */
  function filtered(
    read: (before: bigint, max: number) => { place: bigint; series: bigint }[],
    series: bigint[] | null,
    { before }: Range,
  ): Scan {
    const wanted = series === null ? null : new Set(series)
    return (max) => {
      const rows = read(before, max)
      const found = rows.filter((row) => wanted === null || wanted.has(row.series)).map(({ place }) => place)
      if (rows.length > 0) before = rows.at(-1)!.place
      return { found, examined: rows.length, before: rows.length < max ? null : before }
    }
  }

  /** Merges the series' own orders (a heap of their next places). */
  function merged(series: bigint[], { from, before }: Range): Scan {
    const heap: Reader[] = []
    const refill = (reader: Reader, olderThan: bigint): boolean => {
      if (reader.last) return false
      const rows = bySeries.all(reader.series, olderThan, from, reader.block) as { place: bigint }[]
      reader.last = rows.length < reader.block
      reader.block = Math.min(reader.block * 4, BLOCK.most)
      reader.places = rows.map(({ place }) => place).reverse()
      return rows.length > 0
    }
    for (const id of series) {
      const reader: Reader = { series: id, places: [], block: BLOCK.first, last: false }
      if (refill(reader, before)) heap.push(reader)
    }
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i)
    return (max) => {
      const found: bigint[] = []
      while (found.length < max && heap.length > 0) {
        const reader = heap[0]!
        const place = reader.places.pop()!
        found.push(place)
        if (reader.places.length === 0 && !refill(reader, place)) {
          const last = heap.pop()!
          if (heap.length > 0) heap[0] = last
        }
        sink(heap, 0)
      }
      return { found, examined: found.length, before: heap.length === 0 ? null : found.at(-1)! }
    }
  }

  return {
    matching,
    /** Opens a scan over what is of one of the series (null: all) and, when given, of a chain. */
    open(series: bigint[] | null, chain: string | undefined, range: Range): Scan {
      const { from } = range
      if (series?.length === 0) return () => ({ found: [], examined: 0, before: null })
      if (chain !== undefined)
        return filtered((before, max) => byChain.all(chain, before, from, max) as Row[], series, range)
      if (series !== null && series.length <= MERGED) return merged(series, range)
      return filtered((before, max) => byTime.all(before, from, max) as Row[], series, range)
    },
    /** Counts by index alone, at most to `limit`; null where that cannot be done. */
    count(series: bigint[] | null, { from, before }: Range, limit: number): number | null {
      const counted = (row: unknown): number => (row as { n: number }).n
      if (series === null) return counted(countTime.get(before, from, limit))
      if (series.length > MERGED) return null
      let sum = 0
      for (const id of series) {
        if (sum >= limit) break
        sum += counted(countSeries.get(id, before, from, limit - sum))
      }
      return sum
    },
  }
}
export type Scanner = ReturnType<typeof scanner>

type Row = { place: bigint; series: bigint }

/** One series on its way back in time: places read ahead, the next one last. */
interface Reader {
  series: bigint
  places: bigint[]
  block: number
  /** Nothing follows what was read ahead. */
  last: boolean
}

function sink(heap: Reader[], start: number): void {
  const next = (i: number): bigint => heap[i]!.places.at(-1)!
  for (let i = start; ;) {
    let newest = i
    for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && next(child) > next(newest)) newest = child
    if (newest === i) return
    ;[heap[i], heap[newest]] = [heap[newest]!, heap[i]!]
    i = newest
  }
}
