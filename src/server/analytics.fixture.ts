/* eslint-disable @typescript-eslint/no-explicit-any -- answers are looked at as any client would, member by member. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../config/load.js'
import { startServer, type RunningServer } from './start.js'

const rule = (name: string, type: string, action: string, more = ''): string =>
  `  - name: ${name}\n    condition: { field: action.action_type, eq: ${type} }\n    action: ${action}\n${more}`
const RULES = `rules:
${rule('quiet', 'quiet', '{ type: suppress }')}
${rule('few', 'flood', '{ type: throttle, max_count: 1, window_seconds: 3600 }')}
${rule('once', 'flood', '{ type: deduplicate, ttl_seconds: 60 }')}
${rule('marks', 'flood', '{ type: modify, changes: { marked: true } }')}
${rule('never', 'nobody-sends-this', '{ type: suppress }')}
${rule('off', 'quiet', '{ type: suppress }', '    enabled: false\n')}
${rule('again', 'quiet', '{ type: allow }')}`

/** What analytics, coverage and the activity of rules must tell, whatever keeps the records. @param stores their configuration */
export function analyticsCases(name: string, stores: () => string): void {
  describe(`sums over days, of records kept in ${name}`, () => {
    let dir: string
    let server: RunningServer
    const get = async (path: string, query: Record<string, string> = {}): Promise<any> => {
      const answer = await fetch(`${server.url}${path}?${new URLSearchParams(query).toString()}`)
      expect([path, answer.status]).toEqual([path, 200])
      return answer.json()
    }
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'acteon-analytics-'))
      mkdirSync(join(dir, 'rules'))
      writeFileSync(join(dir, 'rules', 'all.yaml'), RULES)
      const text = `${stores()}\n[executor]\nmax_retries = 0\n[[providers]]\nname = "email"\ntype = "log"
[[providers]]\nname = "broken"\ntype = "webhook"\nurl = "http://127.0.0.1:9/"\n`
      const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder: dir }, {})
      expect(problems).toEqual([])
      server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
      const sent = ['plain', 'plain', 'plain', 'quiet', 'quiet', 'flood', 'flood', 'flood'].map((type) => [
        type,
        'email',
      ])
      for (const [action_type, provider] of [...sent, ['plain', 'broken']]) {
        const action = { namespace: 'shop', tenant: 'acme', provider, action_type, payload: {} }
        const answer = await fetch(`${server.url}/v1/dispatch`, { method: 'POST', body: JSON.stringify(action) })
        expect(answer.status).toBe(200)
      }
      // Where another database keeps the records they may come later.
      await vi.waitFor(async () => expect((await get('/v1/audit', { kind: 'dispatch' })).total).toBe(9), 20_000)
    }, 60_000)
    afterAll(async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    })

    it('count what the list has, whole and in parts, by any interval and group', async () => {
      for (const interval of ['hourly', 'daily', 'weekly', 'monthly'])
        for (const group_by of [undefined, 'action_type', 'outcome', 'rule', 'tenant'])
          for (const metric of ['volume', 'outcome_breakdown', 'latency', 'error_rate']) {
            const query = { metric, interval, ...(group_by !== undefined && { group_by }) }
            const { total_count, buckets } = await get('/v1/analytics', query)
            expect([query, total_count]).toEqual([query, 9])
            expect([query, buckets.reduce((sum: number, { count }: any) => sum + count, 0)]).toEqual([query, 9])
          }
    })

    it('tell outcomes, durations, errors and the heaviest kinds apart', async () => {
      const outcomes = await get('/v1/analytics', { metric: 'outcome_breakdown' })
      expect(outcomes).toMatchObject({ metric: 'outcome_breakdown', interval: 'daily' })
      const counts = Object.fromEntries(outcomes.buckets.map(({ group, count }: any) => [group, count]))
      expect(counts).toEqual({ executed: 4, suppressed: 2, throttled: 2, failed: 1 })
      const latency = await get('/v1/analytics', { metric: 'latency' })
      expect(latency.buckets[0]).toMatchObject({
        avg_duration_ms: expect.any(Number),
        p95_duration_ms: expect.any(Number),
      })
      const errors = await get('/v1/analytics', { metric: 'error_rate', action_type: 'plain' })
      expect(errors.buckets).toMatchObject([{ count: 4, error_rate: 0.25 }])
      const top = await get('/v1/analytics', { metric: 'top_action_types', top_n: '2' })
      expect([top.buckets, top.top_entries]).toEqual([
        [],
        [
          { label: 'plain', count: 4, percentage: 44.44 },
          { label: 'flood', count: 3, percentage: 33.33 },
        ],
      ])
      const others = await get('/v1/analytics', { metric: 'volume', group_by: 'action_type', top_n: '1' })
      expect(others.buckets.map(({ group, count }: any) => [group, count])).toEqual([
        ['(other)', 5],
        ['plain', 4],
      ])
      expect((await get('/v1/analytics', { metric: 'volume', outcome: 'suppressed' })).total_count).toBe(2)
      expect((await get('/v1/analytics', { metric: 'volume', tenant: 'nobody' })).buckets).toEqual([])
    })

    it('refuse an interval that would make too many parts, and a metric that is none', async () => {
      for (const query of ['metric=volume&interval=hourly&from=0', 'metric=size', 'interval=daily'])
        expect([query, (await fetch(`${server.url}/v1/analytics?${query}`)).status]).toEqual([query, 400])
    })

    it('say which kinds of actions no rule decides, and which rules match nothing', async () => {
      const coverage = await get('/v1/rules/coverage')
      expect(coverage).toMatchObject({
        ...{ total_actions: 9, unique_combinations: 4, fully_covered: 2, partially_covered: 0, uncovered: 2 },
        rules_loaded: 7,
        // `marks` matched and left the decision to others; `off` is off.
        unmatched_rules: ['never', 'again'],
      })
      expect(coverage.entries).toMatchObject([
        { action_type: 'plain', provider: 'email', total: 3, covered: 0, uncovered: 3, matched_rules: [] },
        { action_type: 'plain', provider: 'broken', uncovered: 1 },
        { action_type: 'flood', total: 3, covered: 3, uncovered: 0, matched_rules: expect.arrayContaining(['few']) },
        { action_type: 'quiet', total: 2, matched_rules: ['quiet'] },
      ])
    })

    it('say what each rule decided over time', async () => {
      const { rules, total, bucket_minutes } = await get('/v1/rules/activity')
      expect([total, bucket_minutes]).toEqual([9, 25])
      const quiet = rules.find((one: any) => one.name === 'quiet')
      expect([quiet.count, quiet.buckets.length <= 60]).toEqual([2, true])
      expect(quiet.buckets.reduce((sum: number, n: number) => sum + n, 0)).toBe(2)
    })
  })
}
