import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { formatFilter, type FilterChip } from '../../audit/filter.js'
import type { AuditRecord, FigureKey } from '../../audit/store.js'
import { carrierOf } from '../../audit/record.js'
import { ActeonError } from '../../lib/errors.js'
import { nearest } from '../../lib/suggest.js'
import type { Asked } from '../asked.js'
import { createAttention } from '../attention.js'
import { bucketsOf, bucketWidth, flowOf, sharesOf, totalsOf, type Share } from '../figures.js'
import { chipsFor, createListed } from '../listed.js'
import { Listed, LISTED_KEYS } from '../listed-keys.js'
import { iso, isoOrNull } from '../lists.js'
import {
  chipsOf,
  chipTest,
  FACET_KEYS,
  hasKey,
  indexed,
  MANY_VALUED,
  matcherOf,
  rolledKeys,
  valuesOf,
} from '../matching.js'
import type { Parts } from '../parts.js'
import { ScopeQuery } from '../shapes.js'
import { Attention, ChipCounts, Facets, Figures, TrafficQuery } from '../traffic-shapes.js'
import { COUNTED, createTraffic } from '../traffic.js'
import { usualOf, type Usual } from '../usual.js'
import type { App } from '../typed.js'
import { isWholeMinutes, wholeMinutes, windowOf } from '../window.js'

const MOST_FACETS = 20
/** Keys of filters that the roll-up groups by. */
const ROLLED: Readonly<Record<string, FigureKey>> = {
  type: 'action_type',
  provider: 'carrier',
  rule: 'rule',
  outcome: 'outcome',
  result: 'outcome',
  tenant: 'tenant',
  ns: 'namespace',
}

const OF =
  'With `of` it is about events, groups or dead letters that are there now instead of actions; of events that are over only about those that changed within `from` and `to`.'

type Query = { q?: string; from?: string; to?: string; namespace?: string; tenant?: string }

/** Figures of what passed, and the counts behind a filter. Each equals the list that `GET /v1/actions` gives for it. */
export function trafficRoutes(app: App, parts: Parts): void {
  const { gateway, clock } = parts
  const traffic = createTraffic({ gateway, clock })
  const attention = createAttention(parts, traffic)
  const listed = createListed(gateway)
  const askedBy = ({ q, namespace, tenant, from, to }: Query, of?: Listed): Asked => ({
    chips: of === undefined ? chipsOf(q) : chipsFor(of, q),
    ...windowOf({ from, to }, clock),
    namespace,
    tenant,
  })

  app.get(
    '/v1/figures',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What became of the actions of a window: totals, time, flow, shares',
        description:
          'The window is widened to whole minutes, which the answer names: the list over the same `from` and `to` has as many as each figure says. `before` is the window of the same length before it. `usual` is the median of the same hours on the last seven days: null for a window of more than a day, for a filter by what the roll-up does not know, and for what has less history.',
        tags: ['actions'],
        querystring: Type.Object({
          ...TrafficQuery,
          compare: Type.Optional(Type.Boolean({ description: 'false: leave `before` and `usual` out (null).' })),
        }),
        response: { 200: Figures },
      },
    },
    async (request) => {
      const asked = { ...askedBy(request.query), ...wholeMinutes(windowOf(request.query, clock)) }
      const { from, to } = asked
      const width = bucketWidth(from, to)
      // One pass, so that no figure differs from another.
      const keys: FigureKey[] = ['action_type', 'rule', 'outcome', 'carrier']
      const { cells, scanned_to } = await traffic.cells(request, asked, keys, width)
      const compare = request.query.compare !== false
      const earlier = compare
        ? await traffic.cells(request, { ...asked, from: from - (to - from), to: from }, keys)
        : null
      // A part is not compared with a part.
      const before = scanned_to === null && earlier?.scanned_to === null ? earlier.cells : null
      const usual = compare ? await usualOf(traffic, request, asked) : null
      const withUsual = (shares: Share[], of: (name: string | null) => Usual | undefined) =>
        shares.map((share) => ({ ...share, usual: of(share.name) ?? null }))
      return {
        from: iso(from),
        to: iso(to),
        bucket_minutes: width,
        now: totalsOf(cells),
        before: before === null ? null : totalsOf(before),
        usual: usual?.totals ?? null,
        buckets: bucketsOf(cells).map(({ at, results }) => ({ at: iso(at), results })),
        flow: flowOf(cells, before),
        providers: withUsual(
          sharesOf(cells, ({ record }) => carrierOf(record)),
          (name) => usual?.provider(name),
        ),
        rules: withUsual(
          sharesOf(cells, ({ record }) => record.matched_rule),
          (name) => usual?.rule(name),
        ),
        scanned_to: isoOrNull(scanned_to),
      }
    },
  )

  app.get(
    '/v1/counts',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How many actions a filter finds, and each of its terms',
        description: OF,
        tags: ['actions'],
        querystring: Type.Object({ ...TrafficQuery, of: Type.Optional(Listed) }),
        response: { 200: ChipCounts },
      },
    },
    async (request) => {
      const { of } = request.query
      const asked = askedBy(request.query, of)
      const { chips } = asked
      const subsets = chips.flatMap((chip, i) => [[chip], chips.filter((_, other) => other !== i)])
      const asks = [chips, [], ...subsets]
      const isCheapAll = of === undefined && asks.every((some) => isCheap(request, asked, some))
      const { counts, scannedTo } = isCheapAll
        ? {
            counts: await inTurn(asks, (some) => traffic.count(request, { ...asked, chips: some })),
            scannedTo: null,
          }
        : await inOnePass(request, asked, of)
      return {
        total: counts[0]!,
        all: counts[1]!,
        chips: chips.map((chip, i) => ({
          text: formatFilter([chip]),
          alone: counts[2 + 2 * i]!,
          without: counts[3 + 2 * i]!,
        })),
        scanned_to: isoOrNull(scannedTo),
      }
    },
  )

  /** Whether it is counted without going through records. */
  const isCheap = (request: FastifyRequest, asked: Asked, chips: FilterChip[]): boolean => {
    const { filter, whole } = indexed(chips)
    return (
      (whole && request.scope.coversAllOf({ ...filter, ...asked })) || traffic.isRolledUp(request, { ...asked, chips })
    )
  }

  /** All of the counts from one walk over the window: the whole filter, none, then each term alone and the others without it. */
  async function inOnePass(
    request: FastifyRequest,
    asked: Asked,
    of: Listed | undefined,
  ): Promise<{ counts: (number | null)[]; scannedTo: number | null }> {
    const tests = asked.chips.map(chipTest)
    const counts = [0, 0, ...tests.flatMap(() => [0, 0])]
    const visit = (record: Parameters<(typeof tests)[number]>[0]): void => {
      counts[1]!++
      const passed = tests.map((test) => test(record))
      const failed = passed.filter((pass) => !pass).length
      if (failed === 0) counts[0]!++
      for (const [i, pass] of passed.entries()) {
        if (pass) counts[2 + 2 * i]!++
        if (failed === 0 || (failed === 1 && !pass)) counts[3 + 2 * i]!++
      }
    }
    const { more, scannedTo } = await each(request, { ...asked, chips: [] }, of, visit)
    return { counts: counts.map((count) => (more || count > COUNTED ? null : count)), scannedTo }
  }

  /** Visits all that passes, open actions too. `more`: there was more than is looked at. */
  async function each(
    request: FastifyRequest,
    asked: Asked,
    of: Listed | undefined,
    visit: (record: AuditRecord) => void,
  ): Promise<{ more: boolean; scannedTo: number | null }> {
    if (of !== undefined) {
      const { records, more } = await listed.records(request, of, asked)
      records.filter(matcherOf(asked.chips)).forEach(visit)
      return { more, scannedTo: null }
    }
    const scannedTo = await traffic.each(request, asked, visit)
    for (const record of await traffic.openOnes(request, asked)) visit(record)
    return { more: false, scannedTo }
  }

  app.get(
    '/v1/facets',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The values that a key has among the actions of a filter, with counts',
        description: OF,
        tags: ['actions'],
        querystring: Type.Object({
          ...TrafficQuery,
          of: Type.Optional(Listed),
          key: Type.String({ description: `One of ${FACET_KEYS.join(', ')}, payload.<path>, labels.<name>.` }),
          begins: Type.Optional(
            Type.String({ maxLength: 256, description: 'Only values that begin so, in any case.' }),
          ),
        }),
        response: { 200: Facets },
      },
    },
    async (request) => {
      const { key, begins = '', of } = request.query
      checkFacet(key, begins, of)
      const asked = askedBy(request.query, of)
      const rolled = of === undefined ? ROLLED[key] : undefined
      const read = valuesOf(key)
      const sums = new Map<string, number>()
      const add = (value: unknown, count: number): void => {
        if (value === undefined || value === null || value === '') return
        const text = String(value)
        if (text.toLowerCase().startsWith(begins.toLowerCase())) sums.set(text, (sums.get(text) ?? 0) + count)
      }
      let scannedTo: number | null
      if (rolled !== undefined && rolledKeys(asked.chips) !== null) {
        // Values are proposals: whole minutes are good enough where the window is not one.
        const window = isWholeMinutes(asked) ? asked : { ...asked, ...wholeMinutes(asked) }
        const { cells, scanned_to } = await traffic.cells(request, window, [rolled])
        for (const { record, count } of cells) for (const value of read(record)) add(value, count)
        scannedTo = scanned_to
      } else {
        const visit = (record: Parameters<typeof read>[0]): void => {
          for (const value of new Set(read(record))) add(value, 1)
        }
        scannedTo = (await each(request, asked, of, visit)).scannedTo
      }
      const values = [...sums]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      return {
        key,
        values: values.slice(0, MOST_FACETS),
        more: values.length > MOST_FACETS,
        scanned_to: isoOrNull(scannedTo),
      }
    },
  )

  app.get(
    '/v1/attention',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What needs a look, worst first',
        tags: ['operations'],
        querystring: Type.Object(ScopeQuery),
        response: { 200: Attention },
      },
    },
    async (request) => attention(request, request.query),
  )
}

function checkFacet(key: string, begins: string, of: Listed | undefined): void {
  const usable = of === undefined ? { keys: FACET_KEYS, paths: ['payload', 'labels'] } : LISTED_KEYS[of]
  if (!hasKey(usable, key)) {
    const near = nearest(key, usable.keys)
    throw new ActeonError(
      'INVALID_REQUEST',
      `There is no key "${key.slice(0, 60)}" to propose values for; ${near === undefined ? `the keys are ${usable.keys.join(', ')}` : `did you mean "${near}"?`}`,
      { parameter: 'key' },
    )
  }
  if (MANY_VALUED.has(key) && begins.length < 2)
    throw new ActeonError(
      'INVALID_REQUEST',
      `Nearly every action has another "${key}": name at least the first two letters in begins.`,
      { parameter: 'begins' },
    )
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const item of items) done.push(await work(item))
  return done
}
