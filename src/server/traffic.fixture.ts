/* eslint-disable @typescript-eslint/no-explicit-any -- answers are looked at as any client would, member by member. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, vi } from 'vitest'
import { parseConfig } from '../config/load.js'
import { startServer } from './start.js'
import { migrateStores } from './stores.js'

const RULES = `rules:
  - name: quiet
    condition: { field: action.action_type, eq: quiet }
    action: { type: suppress, reason: "not at night" }
  - name: few
    condition: { field: action.action_type, eq: flood }
    action: { type: throttle, max_count: 2, window_seconds: 3600 }
  - name: by-chat
    condition: { field: payload.to, eq: chat }
    action: { type: reroute, target_provider: chat }
  - name: to-the-absent
    condition: { field: payload.to, eq: absent }
    action: { type: reroute, target_provider: absent }
  - name: later
    condition: { field: action.action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
`
const PROVIDERS = `
[executor]
max_retries = 0
[[providers]]
name = "email"
type = "log"
[[providers]]
name = "chat"
type = "log"
[[providers]]
name = "broken"
type = "webhook"
url = "http://127.0.0.1:9/"
[[providers]]
name = "absent"
type = "log"
[[providers]]
name = "patient"
type = "webhook"
url = "http://127.0.0.1:9/"
retry_schedule = ["1h"]
async = true
[circuit_breaker.providers.absent]
fallback_provider = "chat"
`
type Json = Record<string, any>

/** A server on these stores with 41 actions of every kind of fate, one of them open, 8 of them taken by a fallback. */
export async function trafficServer(stores: string, { migrate = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-traffic-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
  const { config, problems } = await parseConfig({ text: `${stores}${PROVIDERS}`, file: 'acteon.toml', folder }, {})
  expect(problems).toEqual([])
  if (migrate) await migrateStores(config!)
  const server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })

  async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Json }
  }
  const get = async (path: string, query: Record<string, string> = {}) =>
    call('GET', `${path}?${new URLSearchParams(query).toString()}`)

  expect((await call('POST', '/admin/circuit-breakers/absent/trip')).status).toBe(200)
  let n = 0
  for (const tenant of ['acme', 'bolt'])
    for (const namespace of ['shop', 'ops'])
      for (const [action_type, provider, to] of [
        ['plain', 'email', 'mail'],
        ['plain', 'email', 'chat'],
        ['quiet', 'email', 'mail'],
        ['flood', 'chat', 'mail'],
        ['flood', 'chat', 'mail'],
        ['flood', 'chat', 'mail'],
        ['later', 'email', 'mail'],
        ['plain', 'broken', 'mail'],
        ['page', 'absent', 'mail'],
        ['page', 'email', 'absent'],
      ] as const) {
        const payload = { to, n: n++, title: `Number ${n} of "many"`, deep: { list: ['a', 'b'] } }
        const answer = await call('POST', '/v1/dispatch', {
          ...{ id: `id-${n}`, namespace, tenant, provider, action_type, payload },
          metadata: { env: n % 2 === 0 ? 'prod' : 'test' },
        })
        expect(answer.status).toBeLessThan(300)
      }
  await call('POST', '/v1/dispatch', { namespace: 'shop', tenant: 'acme', provider: 'patient', action_type: 'wait' })
  await vi.waitFor(
    async () => {
      const { actions } = (await get('/v1/actions', { state: 'open' })).body
      expect(actions.find((one: Json) => one['action_type'] === 'wait')?.status).toBe('parked')
    },
    { timeout: 20_000, interval: 20 },
  )
  return {
    get,
    call,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type TrafficServer = Awaited<ReturnType<typeof trafficServer>>

const TERMS = [
  ...['type:plain', 'type:plain,flood', '-type:quiet', 'type:f*', 'provider:email', 'provider:*', '-provider:chat'],
  ...['provider:chat', 'provider:absent', 'wanted:absent', '-wanted:absent', 'type:page'],
  ...['rule:quiet', 'rule:*', '-rule:*', 'outcome:executed', 'outcome:open', '-outcome:failed', 'result:broken'],
  ...['result:held_back', 'result:delivered,waiting', 'tenant:acme', '-ns:shop', 'wanted:email', 'took:<1h'],
  ...['attempts:>0', 'attempts:0..1', 'payload.to:chat', 'payload.n:<9', 'payload.deep.list:b', 'labels.env:prod'],
  ...['"not at night"', '-"number 1"', 'id:id-3', 'id:id-1*', 'caller:anonymous', 'status:*'],
]
const SEED = 20_260_105

/** Holds for 50 filters, the same each time: a figure is the sum of each column of the flow, and the count of its list. */
export async function expectCountsToAgree({ get }: TrafficServer): Promise<void> {
  const total = async (q: string, window: Record<string, string>): Promise<number> =>
    (await get('/v1/actions', { q, ...window })).body['total'] as number
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...TERMS), { maxLength: 3 }), async (terms) => {
      const q = terms.join(' ')
      const figures = (await get('/v1/figures', { q })).body
      const { from, to, now, flow } = figures
      const window = { from, to }
      const list = (await get('/v1/actions', { q, ...window, limit: '1000' })).body
      const counts = (await get('/v1/counts', { q, ...window })).body
      const sum = (counted: { count: number }[]): number => counted.reduce((all, { count }) => all + count, 0)
      const all = list['rows'].length as number
      expect([list['total'], now.total, counts['total']]).toEqual([all, all, all])
      expect([sum(figures['rules']), sum(figures['providers'])]).toEqual([all, all])
      for (const [column, key] of [
        ['action_type', 'type'],
        ['rule', 'rule'],
        ['outcome', 'outcome'],
        ['provider', 'provider'],
      ] as const) {
        const nodes = new Map<string | null, number>()
        for (const part of flow) nodes.set(part[column], (nodes.get(part[column]) ?? 0) + part.count)
        expect([...nodes.values()].reduce((a, b) => a + b, 0)).toBe(all)
        for (const [name, count] of nodes) {
          const term = name === null ? `-${key}:*` : `${key}:"${name}"`
          expect([term, await total(`${q} ${term}`, window)]).toEqual([term, count])
        }
      }
      for (const result of ['delivered', 'held back', 'waiting', 'broken']) {
        const listed = list['rows'].filter((row: Json) => row['result'] === result).length
        const inBuckets = figures['buckets']
          .map(({ results }: Json) => results[result])
          .reduce((a: number, b: number) => a + b, 0)
        expect([now.results[result], inBuckets]).toEqual([listed, listed])
      }
      expect(counts['all']).toBe(await total('', window))
      for (const [i, { alone, without }] of counts['chips'].entries()) {
        const others = terms.filter((_, other) => other !== i).join(' ')
        expect([alone, without]).toEqual([await total(terms[i]!, window), await total(others, window)])
      }
    }),
    { numRuns: 50, seed: SEED },
  )
}

/** What a fallback took counts for it wherever a provider is counted, once, and is found by whom it was for. */
export async function expectStandInsToCount({ get }: TrafficServer): Promise<void> {
  const rows = async (q: string): Promise<Json[]> => {
    const { status, body } = await get('/v1/actions', { q, limit: '1000' })
    expect([q, status, body['error']]).toEqual([q, 200, undefined])
    return body['rows']
  }
  const taken = await rows('outcome:rerouted type:page')
  expect(taken.map(({ provider, wanted }) => [provider, wanted])).toEqual(Array(8).fill(['chat', 'absent']))
  const ids = (found: Json[]) => found.map(({ id, ns }) => `${ns} ${id}`)
  expect(ids(await rows('provider:chat type:page'))).toEqual(ids(taken))
  expect(ids(await rows('wanted:absent'))).toEqual(ids(taken))
  expect(await rows('provider:absent')).toEqual([])
  // The action named another, and a rule planned the one that the fallback stood in for.
  expect(await rows('type:page wanted:email')).toHaveLength(4)

  const { flow, providers, from, to } = (await get('/v1/figures', { q: 'type:page' })).body
  expect(new Set(flow.map(({ provider }: Json) => provider))).toEqual(new Set(['chat']))
  expect(providers).toMatchObject([{ name: 'chat', count: 8, results: { delivered: 8 } }])
  const facets = async (key: string) => (await get('/v1/facets', { key, q: 'type:page', from, to })).body['values']
  expect(await facets('provider')).toEqual([{ value: 'chat', count: 8 }])
  expect(await facets('wanted')).toEqual([
    { value: 'absent', count: 8 },
    { value: 'email', count: 4 },
  ])
  const analytics = async (query: Record<string, string>): Promise<number> => {
    const { buckets } = (await get('/v1/analytics', { metric: 'volume', action_type: 'page', ...query })).body
    return buckets.reduce((sum: number, { count }: Json) => sum + count, 0)
  }
  expect([await analytics({ provider: 'chat' }), await analytics({ provider: 'absent' })]).toEqual([8, 0])

  // On record, the planned provider keeps its name.
  const { records } = (await get('/v1/audit', { provider: 'absent' })).body
  const kinds = records.map(({ kind, provider, delivered_by }: Json) => [kind, provider, delivered_by])
  // That its circuit was opened is on record, too, and delivered nothing.
  expect(kinds).toEqual([...Array(8).fill(['dispatch', 'absent', 'chat']), ['system', 'absent', null]])
  const { actions } = (await get('/v1/actions', { provider: 'absent' })).body
  expect(actions).toHaveLength(8)
  expect(actions[0]).toMatchObject({ provider: 'absent', delivered_by: 'chat' })
}
