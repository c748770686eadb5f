import type { FastifyRequest } from 'fastify'
import { carrierOf } from '../audit/record.js'
import { totalsOf, type ResultCounts } from './figures.js'
import { RESULTS, type Result } from './results.js'
import type { Asked } from './asked.js'
import type { Cell, Traffic } from './traffic.js'

const DAY_MS = 86_400_000
const DAYS = 7

/** What is usual: the median of the same hours on the last seven days, each part by itself. */
export interface Usual {
  count: number
  results: ResultCounts
}

/** What is usual of a window, and of each rule and provider in it. */
export interface UsualOf {
  /** `shares`: the median share of each result, from 0 to 1; null: on no day was there anything. */
  totals: (Usual & { shares: Record<Result, number> | null }) | null
  /** Undefined for what has less than seven days of history. */
  rule(name: string | null): Usual | undefined
  provider(name: string | null): Usual | undefined
}

/**
 * The usual values of a window of at most a day, from the roll-up; of nothing where it does not know what is asked for.
 * What was not there in the day that ends with the oldest of the seven windows has less history, and is compared with
 * nothing.
 */
export async function usualOf(traffic: Traffic, request: FastifyRequest, asked: Asked): Promise<UsualOf> {
  if (asked.to - asked.from > DAY_MS || !traffic.isRolledUp(request, asked)) return NOTHING
  const cellsOf = async (from: number, to: number): Promise<Cell[]> =>
    (await traffic.cells(request, { ...asked, from, to }, ['rule', 'outcome', 'carrier'], undefined, { open: false }))
      .cells
  const oldest = asked.to - DAYS * DAY_MS
  const known = await cellsOf(oldest - DAY_MS, oldest)
  if (known.length === 0) return NOTHING
  const days: Cell[][] = []
  for (let day = 1; day <= DAYS; day++) days.push(await cellsOf(asked.from - day * DAY_MS, asked.to - day * DAY_MS))
  const totals = days.map(totalsOf)
  const some = totals.filter(({ total }) => total > 0)
  const shares = (result: Result): number => median(some.map(({ total, results }) => results[result] / total))
  return {
    totals: {
      count: median(totals.map(({ total }) => total)),
      results: each((result) => median(totals.map(({ results }) => results[result]))),
      shares: some.length === 0 ? null : each(shares),
    },
    rule: named(days, known, ({ record }) => record.matched_rule),
    provider: named(days, known, ({ record }) => carrierOf(record)),
  }
}

const NOTHING: UsualOf = { totals: null, rule: () => undefined, provider: () => undefined }

type Name = (cell: Cell) => string | null

function named(days: Cell[][], known: Cell[], name: Name): UsualOf['rule'] {
  const names = new Set(known.map(name))
  return (wanted) => {
    if (!names.has(wanted)) return undefined
    const totals = days.map((cells) => totalsOf(cells.filter((cell) => name(cell) === wanted)))
    return {
      count: median(totals.map(({ total }) => total)),
      results: each((result) => median(totals.map(({ results }) => results[result]))),
    }
  }
}

const each = <T>(of: (result: Result) => T): Record<Result, T> =>
  Object.fromEntries(RESULTS.map((result) => [result, of(result)])) as Record<Result, T>

/** The middle one, so that a single odd day counts for nothing; of an even number the mean of the two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
