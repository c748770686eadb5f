import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { FilterChip } from '../audit/filter.js'
import type { FigureKey } from '../audit/store.js'
import { ActeonError } from '../lib/errors.js'
import type { Analytics, GROUPS, INTERVALS, METRICS } from './analytics-shapes.js'
import { quantile } from './figures.js'
import { iso } from './lists.js'
import { figureValue, resultFor } from './matching.js'
import type { Cell, Traffic } from './traffic.js'
import type { Window } from './window.js'

type Interval = (typeof INTERVALS)[number]
type Group = (typeof GROUPS)[number]
type Answer = Static<typeof Analytics>
type Bucket = Answer['buckets'][number]

export interface AnalyticsAsked extends Window {
  metric: (typeof METRICS)[number]
  interval: Interval
  chips: FilterChip[]
  namespace?: string | undefined
  tenant?: string | undefined
  group_by?: Group | undefined
  top_n: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MOST_BUCKETS = 2_000
/** The shortest that an interval can be. */
const LENGTH_MS: Record<Interval, number> = { hourly: HOUR_MS, daily: DAY_MS, weekly: 7 * DAY_MS, monthly: 28 * DAY_MS }
const OTHER = '(other)'

/** Where the hour, day, week (from Monday) or month of a moment begins, UTC. */
export function intervalStart(interval: Interval, ms: number): number {
  if (interval === 'hourly') return Math.floor(ms / HOUR_MS) * HOUR_MS
  const day = Math.floor(ms / DAY_MS)
  if (interval === 'daily') return day * DAY_MS
  // 1970 began on a Thursday.
  if (interval === 'weekly') return (day - ((day + 3) % 7)) * DAY_MS
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/**
 * Sums of a window in hours, days, weeks or months.
 * @throws ActeonError INVALID_REQUEST for more than 2,000 of them
 */
export async function analyticsOf(request: FastifyRequest, asked: AnalyticsAsked, traffic: Traffic): Promise<Answer> {
  const { metric, interval, from, to, top_n } = asked
  if ((to - from) / LENGTH_MS[interval] > MOST_BUCKETS)
    throw new ActeonError(
      'INVALID_REQUEST',
      `That would be more than ${MOST_BUCKETS} parts of time; ask for a longer interval, or a later from.`,
      { parameter: 'interval' },
    )
  const group = groupOf(asked)
  const keys: FigureKey[] = [...new Set<FigureKey>(['outcome', ...(group === undefined ? [] : [figureKey(group)])])]
  const cells = from < to ? await cellsOf(request, asked, keys, traffic) : []
  const total = cells.reduce((sum, { count }) => sum + count, 0)
  const answer = { metric, interval, from: iso(from), to: iso(to), total_count: total }
  const groups = group === undefined ? [] : heaviest(cells, group)
  if (metric === 'top_action_types')
    return {
      ...answer,
      buckets: [],
      top_entries: groups.slice(0, top_n).map(([label, count]) => ({
        label,
        count,
        percentage: Math.round((10_000 * count) / total) / 100,
      })),
    }
  const named = new Set(groups.slice(0, top_n).map(([name]) => name))
  const parts = new Map<string, { at: number; group?: string; cells: Cell[] }>()
  for (const cell of cells) {
    const at = intervalStart(interval, cell.at)
    const value = group === undefined ? undefined : valueOf(cell, group)
    const name = value === undefined ? undefined : named.has(value) ? value : OTHER
    const key = `${at} ${name ?? ''}`
    const part = parts.get(key)
    if (part !== undefined) part.cells.push(cell)
    else parts.set(key, { at, ...(name !== undefined && { group: name }), cells: [cell] })
  }
  const buckets = [...parts.values()]
    .map((part) => bucketOf(part, metric))
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : b.count - a.count))
  return { ...answer, buckets }
}

function groupOf({ metric, group_by }: AnalyticsAsked): Group | undefined {
  if (metric === 'outcome_breakdown') return group_by ?? 'outcome'
  return metric === 'top_action_types' ? (group_by ?? 'action_type') : group_by
}

/** In whole hours or days, so that parts of them can be put together; what lies before the first whole one is apart. */
async function cellsOf(request: FastifyRequest, asked: AnalyticsAsked, keys: FigureKey[], traffic: Traffic) {
  const width = asked.interval === 'hourly' ? HOUR_MS : DAY_MS
  const whole = Math.min(asked.to, Math.ceil(asked.from / width) * width)
  const head = asked.from < whole ? (await traffic.cells(request, { ...asked, to: whole }, keys)).cells : []
  const rest =
    whole < asked.to ? (await traffic.cells(request, { ...asked, from: whole }, keys, width / MINUTE_MS)).cells : []
  return [...head, ...rest]
}

/** A provider counts what it took, as in figures. */
const figureKey = (group: Group): FigureKey => (group === 'provider' ? 'carrier' : group)
const valueOf = ({ record }: Cell, group: Group): string => figureValue(record, figureKey(group)) ?? ''

function heaviest(cells: readonly Cell[], group: Group): [string, number][] {
  const sums = new Map<string, number>()
  for (const cell of cells) sums.set(valueOf(cell, group), (sums.get(valueOf(cell, group)) ?? 0) + cell.count)
  return [...sums].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

function bucketOf({ at, group, cells }: { at: number; group?: string; cells: Cell[] }, metric: string): Bucket {
  const count = cells.reduce((sum, cell) => sum + cell.count, 0)
  const bucket: Bucket = { timestamp: iso(at), count, ...(group !== undefined && { group }) }
  if (metric === 'error_rate') {
    const broken = cells
      .filter(({ record }) => resultFor(record) === 'broken')
      .reduce((sum, cell) => sum + cell.count, 0)
    return { ...bucket, error_rate: broken / count }
  }
  if (metric !== 'latency') return bucket
  const durations = cells[0]!.durations.map((_, i) => cells.reduce((sum, cell) => sum + cell.durations[i]!, 0))
  const measured = durations.reduce((sum, n) => sum + n, 0)
  // What is open has no duration yet.
  if (measured === 0) return bucket
  const percentiles = { p50_duration_ms: 0.5, p95_duration_ms: 0.95, p99_duration_ms: 0.99 }
  for (const [name, share] of Object.entries(percentiles)) {
    const bound = quantile(durations, share)
    if (bound !== null) bucket[name as keyof typeof percentiles] = bound
  }
  const sum = cells.reduce((all, cell) => all + cell.sum_ms, 0)
  return { ...bucket, avg_duration_ms: Math.round((100 * sum) / measured) / 100 }
}
