import { Type } from 'typebox'
import type { FilterChip } from '../../audit/filter.js'
import { analyticsOf } from '../analytics.js'
import { Analytics, AnalyticsQuery, Coverage, CoverageQuery, RuleActivity } from '../analytics-shapes.js'
import { coverageOf } from '../coverage.js'
import { iso } from '../lists.js'
import type { Parts } from '../parts.js'
import { createTraffic } from '../traffic.js'
import type { App } from '../typed.js'
import { seesRule } from '../visible.js'
import { momentFrom, wholeMinutes, type Window } from '../window.js'
import { recordedWord } from './audit.js'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const STRIP_PARTS = 60
const TOP = 10

/** What is summed up over days (wire section 18), and what each rule does. */
export function analyticsRoutes(app: App, { gateway, clock }: Parts): void {
  const traffic = createTraffic({ gateway, clock })

  function windowOf({ from, to }: { from?: string; to?: string }, lengthMs: number): Window {
    const end = momentFrom('to', to, clock) ?? clock.now() + 1
    return wholeMinutes({ from: momentFrom('from', from, clock) ?? end - lengthMs, to: end })
  }

  app.get(
    '/v1/analytics',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Volume, outcomes, kinds of actions, durations or errors over hours, days, weeks or months',
        description: 'Counted as figures are, and widened to whole minutes.',
        tags: ['actions'],
        querystring: Type.Object(AnalyticsQuery),
        response: { 200: Analytics },
      },
    },
    async (request) => {
      const { metric, interval = 'daily', group_by, top_n = TOP, namespace, tenant, ...query } = request.query
      request.scope.refuse(request.query)
      const chips = [
        ...chip('provider', query.provider),
        ...chip('type', query.action_type),
        ...chip('outcome', recordedWord(query.outcome)),
      ]
      const asked = { metric, interval, group_by, top_n, namespace, tenant, chips, ...windowOf(query, 7 * DAY_MS) }
      return analyticsOf(request, asked, traffic)
    },
  )

  app.get(
    '/v1/rules/coverage',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Which kinds of actions rules decide, which no rule does, and which rules match nothing',
        tags: ['rules'],
        querystring: Type.Object(CoverageQuery),
        response: { 200: Coverage },
      },
    },
    async (request) => {
      const { namespace, tenant, ...query } = request.query
      const asked = { chips: [], namespace, tenant, ...windowOf(query, 7 * DAY_MS) }
      const sees = seesRule(request, gateway)
      return coverageOf(
        request,
        asked,
        gateway.rules.list().filter(({ name }) => sees(name)),
        traffic,
      )
    },
  )

  app.get(
    '/v1/rules/activity',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How many actions each rule decided, over time',
        description: 'The window is widened to whole minutes, and told in at most 60 parts.',
        tags: ['rules'],
        querystring: Type.Object({
          ...CoverageQuery,
          from: Type.Optional(
            Type.String({ description: 'As elsewhere; 24 h before `to` when absent. Also back from now: `-6h`.' }),
          ),
        }),
        response: { 200: RuleActivity },
      },
    },
    async (request) => {
      const { namespace, tenant, ...query } = request.query
      const { from, to } = windowOf(query, DAY_MS)
      const width = Math.max(1, Math.ceil((to - from) / MINUTE_MS / STRIP_PARTS))
      const { cells } = await traffic.cells(request, { chips: [], namespace, tenant, from, to }, ['rule'], width)
      const sees = seesRule(request, gateway)
      const parts = Math.max(0, Math.ceil((to - from) / MINUTE_MS / width))
      const rules = new Map<string, { name: string; count: number; buckets: number[] }>()
      for (const { at, record, count } of cells) {
        const name = record.matched_rule
        if (name === null || !sees(name)) continue
        const rule = rules.get(name) ?? { name, count: 0, buckets: Array.from({ length: parts }, () => 0) }
        rules.set(name, rule)
        rule.count += count
        rule.buckets[Math.floor((at - from) / MINUTE_MS / width)]! += count
      }
      return {
        from: iso(from),
        to: iso(to),
        bucket_minutes: width,
        total: cells.reduce((sum, { count }) => sum + count, 0),
        rules: [...rules.values()],
      }
    },
  )
}

const chip = (key: string, value: string | undefined): FilterChip[] =>
  value === undefined ? [] : [{ kind: 'field', key, not: false, values: [{ is: 'equals', value }] }]
