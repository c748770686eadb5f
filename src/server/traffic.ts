import type { FastifyRequest } from 'fastify'
import {
  DURATION_BOUNDS_MS,
  durationBucket,
  type AuditFilter,
  type AuditRecord,
  type FigureKey,
} from '../audit/store.js'
import { OUTCOME_WORDS } from '../action/outcome.js'
import type { Gateway } from '../gateway/gateway.js'
import { ownedRecord, recordsSeen } from '../gateway/seen.js'
import type { Clock } from '../lib/clock.js'
import type { Page as PageOf, Scope } from '../state/store.js'
import { callerOf } from './access.js'
import { namedIds, storeFilter, within, type Asked } from './asked.js'
import { ACTION_KINDS, figureValue, isAction, matcherOf, recordOfFigure, resultFor, rolledKeys } from './matching.js'
import { mergedPage, type Page } from './merged.js'
import { createOpenActions } from './open-actions.js'
import { resultOf } from './results.js'
import { visiblePage } from './visible.js'
import { isWholeMinutes, type Window } from './window.js'

/** Actions that agree in the asked keys. */
export interface Cell {
  /** Start of its bucket, milliseconds. */
  at: number
  /** Has the keys that were asked for; anything else may be blank. */
  record: AuditRecord
  count: number
  /** Sum of durations, milliseconds. */
  sum_ms: number
  /** How many took how long, by `DURATION_BOUNDS_MS`. */
  durations: number[]
}

export interface Cells {
  cells: Cell[]
  /** Milliseconds: how far back a count that hit its bound has looked; null: it is whole. */
  scanned_to: number | null
}

/** Counts are exact to here. */
export const COUNTED = 10_000
const BOUNDS = { records: 100_000, ms: 2_000 }
const PAGE = 1_000
const NEWEST = 20
const MINUTE_MS = 60_000

/**
 * The actions of a window that pass a filter, as one caller may see them: listed, counted and summed up. All of it goes
 * through the same matcher; where the filter asks only for what the roll-up knows, figures come from there, otherwise
 * records are gone through, at most 100,000 of them or for 2 s.
 */
export function createTraffic({ gateway, clock }: { gateway: Gateway; clock: Clock }) {
  const { audit } = gateway
  const openOnes = createOpenActions(gateway)

  function recordTest({ scope }: FastifyRequest, { chips }: Asked): (record: AuditRecord) => boolean {
    const matches = matcherOf(chips)
    return (record) => isAction(record) && scope.covers(ownedRecord(record)) && matches(record)
  }

  /** The records of ids that a filter names, newest first. */
  async function ofIds(request: FastifyRequest, asked: Asked, ids: readonly string[]): Promise<AuditRecord[]> {
    const { filter, clash } = storeFilter(asked)
    if (clash) return []
    const { namespace, tenant } = filter
    const found: AuditRecord[] = []
    for (const action_id of ids)
      found.push(...(await recordsSeen(audit, { action_id, namespace, tenant }, callerOf(request))).reverse())
    const test = recordTest(request, asked)
    return found
      .filter((record) => test(record) && within(asked, Date.parse(record.dispatched_at)))
      .sort((a, b) => compareText(b.dispatched_at, a.dispatched_at))
  }

  /**
   * Goes through the records of a window, newest first, until `visit` says false; null: to its end, else how far back it
   * came.
   */
  async function each(
    request: FastifyRequest,
    asked: Asked,
    visit: (record: AuditRecord) => boolean | void,
    bounds: { records: number; ms: number } = BOUNDS,
  ): Promise<number | null> {
    const { filter, clash } = storeFilter(asked)
    const ids = namedIds(asked)
    if (audit === null || clash) return null
    request.scope.refuse(filter)
    if (ids !== undefined) {
      for (const record of await ofIds(request, asked, ids)) visit(record)
      return null
    }
    const test = recordTest(request, asked)
    const until = clock.monotonic() + bounds.ms
    let cursor: string | undefined
    for (let examined = 0; ;) {
      const page = await audit.query({ ...filter, from: asked.from, to: asked.to, limit: PAGE, cursor })
      for (const record of page.records)
        if (test(record) && visit(record) === false) return Date.parse(record.dispatched_at)
      examined += page.records.length
      cursor = page.next_cursor
      if (cursor === undefined) return null
      const last = page.scanned_to ?? page.records.at(-1)?.dispatched_at
      if (examined >= bounds.records || clock.monotonic() >= until)
        return last === undefined ? asked.from : Date.parse(last)
    }
  }

  /** Whether the roll-up, which does not know whom the action named, can be cut to what a caller may see. */
  const cutByFigure = ({ scope, identity }: FastifyRequest, filter: Scope): boolean =>
    scope.coversAllOf(filter) || identity.grants.every(({ providers }) => providers.includes('*'))

  /** Whether the roll-up alone can say what is asked for; else records are gone through. */
  function isRolledUp(request: FastifyRequest, asked: Asked): boolean {
    const { namespace, tenant } = storeFilter(asked).filter
    return rolledKeys(asked.chips) !== null && isWholeMinutes(asked) && cutByFigure(request, { namespace, tenant })
  }

  /** Sums per combination of keys, and per bucket of minutes when given; what is open is counted too, unless left out. */
  async function cells(
    request: FastifyRequest,
    asked: Asked,
    keys: readonly FigureKey[],
    bucketMinutes?: number,
    { open = true }: { open?: boolean } = {},
  ): Promise<Cells> {
    const { filter, clash } = storeFilter(asked)
    const { namespace, tenant } = filter
    const scoped = { ...(namespace !== undefined && { namespace }), ...(tenant !== undefined && { tenant }) }
    const sums = new Map<string, Cell>()
    const bucketOf = (ms: number): number =>
      bucketMinutes === undefined
        ? asked.from
        : asked.from + Math.floor((ms - asked.from) / (bucketMinutes * MINUTE_MS)) * bucketMinutes * MINUTE_MS
    const add = (
      at: number,
      record: AuditRecord,
      count: number,
      sum_ms: number,
      durations: readonly number[],
    ): void => {
      const values = keys.map((key) => figureValue(record, key))
      const name = JSON.stringify([at, values])
      const cell = sums.get(name)
      if (cell === undefined) return void sums.set(name, { at, record, count, sum_ms, durations: [...durations] })
      cell.count += count
      cell.sum_ms += sum_ms
      for (const [i, n] of durations.entries()) cell.durations[i]! += n
    }
    request.scope.refuse(filter)
    const rolled = rolledKeys(asked.chips)
    let scannedTo: number | null = null
    if (audit !== null && !clash && rolled !== null && isRolledUp(request, asked)) {
      const cut: FigureKey[] = request.scope.coversAllOf(scoped) ? [] : ['namespace', 'tenant', 'action_type']
      const matches = matcherOf(asked.chips)
      const figures = await audit.figures({
        from: asked.from,
        to: asked.to,
        where: scoped,
        group_by: [...new Set<FigureKey>(['kind', ...keys, ...rolled, ...cut])],
        ...(bucketMinutes !== undefined && { bucket_minutes: bucketMinutes }),
      })
      for (const figure of figures) {
        const record = recordOfFigure(figure)
        // Whether it is theirs hangs on tenant, namespace and kind of action alone here.
        const theirs = cut.length === 0 || request.scope.covers({ ...record, provider: null })
        if (isAction(record) && theirs && matches(record))
          add(figure.at, record, figure.count, figure.sum_ms, figure.buckets)
      }
    } else
      scannedTo = await each(request, asked, (record) => {
        add(bucketOf(Date.parse(record.dispatched_at)), record, 1, record.duration_ms, durationOf(record.duration_ms))
      })
    for (const record of open ? await openOnes(request, asked) : [])
      add(bucketOf(Date.parse(record.dispatched_at)), record, 1, 0, NO_DURATIONS)
    return { cells: [...sums.values()], scanned_to: scannedTo }
  }

  /**
   * How many there are, open ones included: exact where the roll-up knows what is asked for, else to 10,000; null: more.
   */
  async function count(request: FastifyRequest, asked: Asked): Promise<number | null> {
    const { filter, whole, clash } = storeFilter(asked)
    request.scope.refuse(filter)
    const isIndexed = whole && request.scope.coversAllOf(filter)
    const open = (await openOnes(request, asked)).length
    if (audit === null || clash) return bounded(open)
    const counted = isIndexed ? await countByIndex(asked, filter) : null
    if (counted !== null) return counted + open
    if (isRolledUp(request, asked))
      return (await cells(request, asked, [])).cells.reduce((sum, cell) => sum + cell.count, 0)
    if (isIndexed) return null
    let sum = open
    const scannedTo = await each(request, asked, () => ++sum <= COUNTED)
    return scannedTo === null ? bounded(sum) : null
  }

  /** null: more than 10,000. */
  async function countByIndex({ from, to }: Window, filter: AuditFilter): Promise<number | null> {
    let sum = 0
    for (const kind of ACTION_KINDS) {
      const { total } = await audit!.query({ ...filter, kind, from, to, limit: 1 })
      if (total === null) return null
      sum += total
    }
    return bounded(sum)
  }

  async function recordPage(request: FastifyRequest, asked: Asked, page: Page): Promise<PageOf<AuditRecord>> {
    const { filter, clash } = storeFilter(asked)
    if (audit === null || clash) return { items: [] }
    const ids = namedIds(asked)
    if (ids !== undefined) {
      const from = Number(page.cursor ?? 0)
      const found = await ofIds(request, asked, ids)
      const to = from + page.limit
      return { items: found.slice(from, to), ...(to < found.length && { next_cursor: String(to) }) }
    }
    return visiblePage(
      page,
      async (more) => {
        const { records: items, next_cursor } = await audit.query({
          ...filter,
          from: asked.from,
          to: asked.to,
          ...more,
        })
        return { items, ...(next_cursor !== undefined && { next_cursor }) }
      },
      recordTest(request, asked),
    )
  }

  /** One page, newest first; what is open stands where it will stand once it has its outcome. */
  async function list(request: FastifyRequest, asked: Asked, page: Page): Promise<PageOf<AuditRecord>> {
    request.scope.refuse(storeFilter(asked).filter)
    return mergedPage(page, await openOnes(request, asked), (more) => recordPage(request, asked, more))
  }

  /** When the last broken action arrived, milliseconds; null: there is none among the newest of its kind. */
  async function lastBroken(request: FastifyRequest, scope: Scope): Promise<number | null> {
    let last: number | null = null
    for (const outcome of audit === null ? [] : BROKEN) {
      const { records } = await audit!.query({ ...scope, outcome, limit: NEWEST })
      const found = records.find(
        (record) => isAction(record) && request.scope.covers(ownedRecord(record)) && resultFor(record) === 'broken',
      )
      if (found !== undefined) last = Math.max(last ?? 0, Date.parse(found.dispatched_at))
    }
    return last
  }

  return { list, count, cells, each, openOnes, isRolledUp, lastBroken }
}
export type Traffic = ReturnType<typeof createTraffic>

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const bounded = (count: number): number | null => (count > COUNTED ? null : count)

/** Words of the outcomes that nobody got. */
const BROKEN = [...OUTCOME_WORDS.keys()].filter((word) => resultOf(word, {}) === 'broken')

const NO_DURATIONS: readonly number[] = [...DURATION_BOUNDS_MS, 0].map(() => 0)
function durationOf(ms: number): number[] {
  const durations = [...NO_DURATIONS]
  durations[durationBucket(ms)] = 1
  return durations
}
