import { carrierOf } from '../audit/record.js'
import { DURATION_BOUNDS_MS } from '../audit/store.js'
import type { Result } from './results.js'
import { resultFor } from './matching.js'
import type { Cell } from './traffic.js'

export type ResultCounts = Record<Result, number>

const noResults = (): ResultCounts => ({ delivered: 0, 'held back': 0, waiting: 0, broken: 0 })

/** What became of actions: all of them, per result, per outcome. */
export interface Totals {
  total: number
  results: ResultCounts
  outcomes: Record<string, number>
}

export function totalsOf(cells: readonly Cell[]): Totals {
  const totals: Totals = { total: 0, results: noResults(), outcomes: {} }
  for (const { record, count } of cells) {
    totals.total += count
    totals.results[resultFor(record)] += count
    totals.outcomes[record.outcome] = (totals.outcomes[record.outcome] ?? 0) + count
  }
  return totals
}

const WIDTHS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440]
const MOST_BUCKETS = 120
const MINUTE_MS = 60_000

/** Minutes of a bucket, so that a window has at most 120. */
export function bucketWidth(from: number, to: number): number {
  const minutes = (to - from) / MINUTE_MS
  return (
    WIDTHS_MINUTES.find((width) => minutes / width <= MOST_BUCKETS) ?? Math.ceil(minutes / MOST_BUCKETS / 1_440) * 1_440
  )
}

/** Results per bucket of time; a bucket in which nothing arrived is left out. */
export function bucketsOf(cells: readonly Cell[]): ({ at: number } & { results: ResultCounts })[] {
  const buckets = new Map<number, ResultCounts>()
  for (const { at, record, count } of cells) {
    const results = buckets.get(at) ?? noResults()
    buckets.set(at, results)
    results[resultFor(record)] += count
  }
  return [...buckets].sort(([a], [b]) => a - b).map(([at, results]) => ({ at, results }))
}

export interface Flow {
  /** null: of several kinds that are too few to be told apart. */
  action_type: string | null
  rule: string | null
  /** The rule stands for several. */
  other_rules: boolean
  outcome: string
  result: Result
  provider: string | null
  count: number
  /** Of the same in the window before; null: that was not counted. */
  before: number | null
}

const MOST_FLOWS = 1_000

/**
 * Where actions went, weightiest first. The lightest are put together per outcome, so that every column has the same sum.
 * @param before of the window before; what went only then is a flow of none
 */
export function flowOf(cells: readonly Cell[], before: readonly Cell[] | null): Flow[] {
  const merged = new Map<string, Flow>()
  const add = ({ record }: Cell, count: number, earlier: number): void => {
    const { action_type, matched_rule: rule, outcome } = record
    const provider = carrierOf(record)
    const key = JSON.stringify([action_type, rule, outcome, provider])
    const flow = merged.get(key)
    if (flow === undefined)
      merged.set(key, {
        ...{ action_type, rule, other_rules: false, outcome, result: resultFor(record), provider, count },
        before: before === null ? null : earlier,
      })
    else {
      flow.count += count
      if (flow.before !== null) flow.before += earlier
    }
  }
  for (const cell of cells) add(cell, cell.count, 0)
  for (const cell of before ?? []) add(cell, 0, cell.count)
  const flows = [...merged.values()].sort((a, b) => b.count - a.count || (b.before ?? 0) - (a.before ?? 0))
  const rest = new Map<string, Flow>()
  for (const flow of flows.slice(MOST_FLOWS)) {
    const one = rest.get(flow.outcome)
    if (one === undefined)
      rest.set(flow.outcome, { ...flow, action_type: null, rule: null, other_rules: true, provider: null })
    else {
      one.count += flow.count
      if (one.before !== null) one.before += flow.before ?? 0
    }
  }
  return [...flows.slice(0, MOST_FLOWS), ...rest.values()]
}

export interface Share {
  /** null: no rule decided. */
  name: string | null
  count: number
  results: ResultCounts
  /** Upper bound of the bucket that holds it; null: longer than all bounds, or nothing was measured. */
  p50_ms: number | null
  p95_ms: number | null
}

const MOST_SHARES = 200

/** Totals per provider or rule, weightiest first, at most 200. */
export function sharesOf(cells: readonly Cell[], name: (cell: Cell) => string | null): Share[] {
  const shares = new Map<string | null, { results: ResultCounts; count: number; durations: number[] }>()
  for (const cell of cells) {
    const key = name(cell)
    const share = shares.get(key) ?? { results: noResults(), count: 0, durations: cell.durations.map(() => 0) }
    shares.set(key, share)
    share.count += cell.count
    const result = resultFor(cell.record)
    share.results[result] += cell.count
    // What was held back took no time at all, and would hide how long the others take.
    if (result !== 'delivered' && result !== 'broken') continue
    for (const [i, n] of cell.durations.entries()) share.durations[i]! += n
  }
  return [...shares]
    .map(([key, { durations, ...share }]) => ({
      name: key,
      ...share,
      p50_ms: quantile(durations, 0.5),
      p95_ms: quantile(durations, 0.95),
    }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_SHARES)
}

/** The upper bound of the bucket that holds it; null: longer than all bounds, or nothing was measured. */
export function quantile(durations: readonly number[], share: number): number | null {
  const all = durations.reduce((sum, n) => sum + n, 0)
  if (all === 0) return null
  let seen = 0
  const bucket = durations.findIndex((n) => (seen += n) >= all * share)
  return DURATION_BOUNDS_MS[bucket] ?? null
}
