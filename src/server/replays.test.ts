import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Static } from 'typebox'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../config/load.js'
import type { PartCounts, ReplayJob } from './rule-shapes.js'
import { startServer, type RunningServer } from './start.js'

const RULES = `rules:
  - name: quiet
    condition: { field: payload.level, lt: 3 }
    action: { type: suppress }
  - name: once
    condition: { field: action.action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 3600 }
  - name: few
    condition: { field: action.action_type, eq: flood }
    action: { type: throttle, max_count: 2, window_seconds: 3600 }
  - name: together
    condition: { field: action.action_type, eq: together }
    action: { type: group, group_by: [tenant], group_wait_seconds: 3600 }
  - name: tracked
    condition: { field: action.action_type, eq: tracked }
    action: { type: state_machine, state_machine: ticket, fingerprint_fields: [payload.of] }
  - name: by-chat
    condition: { field: action.action_type, eq: chat }
    action: { type: reroute, target_provider: chat }
`
const CONFIG = `
[state]
backend = "memory"
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
[[state_machines]]
name = "ticket"
initial_state = "open"
states = ["open", "closed"]
[[state_machines.transitions]]
from = "open"
to = "closed"
`
type Job = Static<typeof ReplayJob>
type Counts = Static<typeof PartCounts>

let dir: string
let server: RunningServer
async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as unknown }
}
async function replayed(request: object): Promise<Job> {
  const started = await call('POST', '/v1/rules/replay', request)
  expect([started.status, started.body]).toMatchObject([202, { id: expect.any(String) }])
  return vi.waitFor(
    async () => {
      const job = (await call('GET', `/v1/rules/replay/${(started.body as Job).id}`)).body as Job
      expect(['done', 'failed']).toContain(job.status)
      return job
    },
    { timeout: 30_000, interval: 20 },
  )
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acteon-replays-'))
  mkdirSync(join(dir, 'rules'))
  writeFileSync(join(dir, 'rules', 'all.yaml'), RULES)
  const { config, problems } = await parseConfig({ text: CONFIG, file: 'acteon.toml', folder: dir }, {})
  expect(problems).toEqual([])
  server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
  const send = async (action_type: string, level = 5, more: object = {}): Promise<void> => {
    const action = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type, payload: { level, of: 'x' } }
    expect((await call('POST', '/v1/dispatch', { ...action, ...more })).status).toBe(200)
  }
  for (const level of [1, 2, 3, 4]) await send('plain', level)
  for (let i = 0; i < 3; i++) for (const type of ['flood', 'together', 'tracked', 'chat']) await send(type)
  for (let i = 0; i < 3; i++) await send('once', 5, { dedup_key: 'the-same' })
  await send('plain', 5, { provider: 'broken' })
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

const edited = (from: string, to: string): object => {
  expect(RULES).toContain(from)
  return { files: [{ path: 'all.yaml', text: RULES.replace(from, to) }] }
}

describe('a replay of past traffic', () => {
  it('under the rules that ran ends as it did: suppressed, throttled, grouped, tracked, deduplicated, failed', async () => {
    const job = await replayed({ files: [] })
    expect(job).toMatchObject({ status: 'done', done: 20, total: 20, different: 0, differing: [] })
    expect(job.matrix.every(({ real, new: now }) => real === now)).toBe(true)
    expect(new Set(job.matrix.map(({ real }) => real))).toEqual(
      new Set([
        'suppressed',
        'executed',
        'throttled',
        'grouped',
        'state_changed',
        'rerouted',
        'deduplicated',
        'failed',
      ]),
    )
    expect(job.sentence).toBe('Of 20 actions all would end as they did.')
    expect(job.cannot_know.length).toBeGreaterThan(0)
  })

  it('under edited rules says how many would end differently, which, and why', async () => {
    const job = await replayed(edited('payload.level, lt: 3', 'payload.level, lt: 2'))
    expect(job).toMatchObject({
      status: 'done',
      different: 1,
      sentence: 'Of 20 actions 1 would end differently: 1 more sent, none fewer.',
      differing: [{ real: { outcome: 'suppressed', rule: 'quiet' }, new: { outcome: 'executed', rule: null } }],
    })
    expect(job.differing[0]!.why).toContain('found 2')
    expect(job.matrix).toContainEqual({ real: 'suppressed', new: 'executed', count: 1, provider_only: 0 })
    expect([job.tenants, job.rules[0]]).toEqual([1, { name: 'quiet', real: 2, new: 1 }])
  })

  it('counts anew what stateful rules would have counted', async () => {
    const job = await replayed(edited('max_count: 2', 'max_count: 1'))
    expect(job.matrix).toContainEqual({ real: 'executed', new: 'throttled', count: 1, provider_only: 0 })
    expect(job.matrix.reduce((sum, { count }) => sum + count, 0)).toBe(job.done)
  })

  it('tells where only the provider differs', async () => {
    const job = await replayed(edited('type: reroute, target_provider: chat', 'type: reroute, target_provider: broken'))
    expect(job).toMatchObject({
      ...{ different: 3, provider_only: 3, elsewhere: 3 },
      sentence: 'Of 20 actions 3 would end differently: none more sent, none fewer, 3 elsewhere.',
    })
    expect(job.matrix).toContainEqual({ real: 'rerouted', new: 'rerouted', count: 3, provider_only: 3 })
  })

  it('names the part of a condition that makes the difference, and what it was', async () => {
    const { differing } = await replayed(edited('payload.level, lt: 3', 'payload.level, lt: 4'))
    expect(differing.map(({ why }) => why)).toEqual([
      '"quiet" decides: payload.level lt 4, found 3; it was payload.level lt 3',
    ])
    const other = await replayed(
      edited(
        'action_type, eq: chat }\n    action: { type: reroute, target_provider: chat }',
        'action_type, eq: chat }\n    action: { type: suppress }',
      ),
    )
    expect(other.differing[0]!.why).toBe('"by-chat" decides, and says suppress instead of reroute')
  })

  it('counts what each part of the conditions came to, under these rules and under those that run', async () => {
    const job = await replayed(edited('payload.level, lt: 3', 'payload.level, lt: 4'))
    const { status, body } = await call('GET', `/v1/rules/replay/${job.id}/parts?file=all.yaml`)
    expect(status).toBe(200)
    const counts = body as Counts
    expect(counts).toMatchObject({ rules_version: job.rules_version, actions: 20, whole: true })
    const parts = (name: string): unknown => counts.rules.find((rule) => rule.name === name)!.parts
    expect(parts('quiet')).toEqual([
      {
        ...{ kind: 'field', part: 'payload.level lt 4', line: 3, column: 40, looked_at: 20, passed: 3 },
        before: { looked_at: 20, passed: 2 },
      },
    ])
    expect(parts('once')).toMatchObject([{ looked_at: 17, passed: 3, before: { looked_at: 18, passed: 3 } }])
    const other = await call('GET', `/v1/rules/replay/${job.id}/parts?file=none.yaml`)
    expect(other.body).toMatchObject({ actions: 20, rules: [] })
    expect((await call('GET', '/v1/rules/replay/none/parts')).status).toBe(404)
  })

  it('counts the same for the rules that run, over the newest actions of a day', async () => {
    const { status, body } = await call('GET', '/v1/rules/parts?file=all.yaml&tenant=acme')
    expect(status).toBe(200)
    const counts = body as Counts
    const { revision } = (await call('GET', '/v1/rule-files/all.yaml')).body as { revision: string }
    expect(counts).toMatchObject({ actions: 20, whole: true })
    expect(counts.rules.map(({ name }) => name)).toEqual(['quiet', 'once', 'few', 'together', 'tracked', 'by-chat'])
    expect(counts.rules[0]).toMatchObject({
      ...{ file: 'all.yaml', revision },
      parts: [{ part: 'payload.level lt 3', line: 3, looked_at: 20, passed: 2, before: null }],
    })
    const none = await call('GET', '/v1/rules/parts?tenant=nobody')
    expect(none.body).toMatchObject({ actions: 0, whole: true })
    expect((none.body as Counts).rules[0]!.parts).toMatchObject([{ looked_at: 0, passed: 0 }])
  })

  it('takes what a filter finds, and the newest so many', async () => {
    expect(await replayed({ files: [], q: 'type:once' })).toMatchObject({ done: 3, different: 0 })
    expect(await replayed({ files: [], limit: 2 })).toMatchObject({ total: 2 })
  })

  it('changes nothing: no record, no event, no group more than before', async () => {
    const world = async (): Promise<unknown> => [
      (await call('GET', '/v1/audit?limit=1')).body,
      (await call('GET', '/v1/groups')).body,
      (await call('GET', '/v1/events')).body,
    ]
    const before = await world()
    await replayed(edited('max_count: 2', 'max_count: 1'))
    expect(await world()).toEqual(before)
  })

  it('is refused for rules that are not valid, and can be cancelled', async () => {
    const refused = await call('POST', '/v1/rules/replay', { files: [{ path: 'x.yaml', text: 'rules: [' }] })
    expect([refused.status, refused.body]).toMatchObject([400, { code: 'RULES_INVALID' }])
    // So many that it still runs when it is asked for again.
    for (let batch = 0; batch < 4; batch++) {
      const actions = Array.from({ length: 1_000 }, () => ({
        ...{ namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'plain', payload: { level: 1 } },
      }))
      expect((await call('POST', '/v1/dispatch/batch', actions)).status).toBe(200)
    }
    const { body } = await call('POST', '/v1/rules/replay', { files: [] })
    const second = await call('POST', '/v1/rules/replay', { files: [] })
    expect([second.status, second.body]).toMatchObject([409, { code: 'CONFLICT', id: (body as Job).id }])
    const cancelled = await call('DELETE', `/v1/rules/replay/${(body as Job).id}`)
    expect((cancelled.body as Job).status).toBe('cancelled')
    expect((await call('GET', '/v1/rules/replay/none')).status).toBe(404)
  }, 60_000)
})
