import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { startServer, type RunningServer } from './start.js'

const RULES = `rules:
  - name: together
    condition: { field: action.action_type, eq: together }
    action: { type: group, group_by: [payload.team], group_wait_seconds: 3600 }
  - name: tracked
    condition: { field: action.action_type, in: [disk, cpu] }
    action: { type: state_machine, state_machine: ticket, fingerprint_fields: [action_type, metadata.host] }
`
const CONFIG = `
[state]
backend = "memory"
[audit]
backend = "memory"
[audit.redact]
enabled = true
fields = ["secret"]
[executor]
max_retries = 0
[[providers]]
name = "email"
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
let dir: string
let server: RunningServer
let closedAt: number

async function call(path: string, query: Record<string, string>, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.url}${path}?${new URLSearchParams(query)}`, {
    method: body === undefined ? 'GET' : path.endsWith('/transition') ? 'PUT' : 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, ...((await answer.json()) as object) }
}
async function hosts(query: Record<string, string>): Promise<unknown[]> {
  const { events } = (await call('/v1/events', query)) as { events: { labels: { host?: string } }[] }
  return events.map(({ labels }) => labels['host']).toSorted()
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acteon-listed-'))
  mkdirSync(join(dir, 'rules'))
  writeFileSync(join(dir, 'rules', 'all.yaml'), RULES)
  const { config, problems } = await parseConfig({ text: CONFIG, file: 'acteon.toml', folder: dir }, {})
  expect(problems).toEqual([])
  server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
  const send = async (action_type: string, payload: object, more: object = {}): Promise<void> => {
    const action = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type, payload, ...more }
    expect(await call('/v1/dispatch', {}, action)).toMatchObject({ status: 200 })
  }
  for (const [type, host, severity] of [
    ['disk', 'db-1', 'critical'],
    ['disk', 'db-2', 'high'],
    ['cpu', 'web-1', 'critical'],
  ] as const)
    await send(type, { text: `${host} is in trouble` }, { metadata: { labels: { host, severity } } })
  for (const team of ['pay', 'pay', 'ops']) await send('together', { team })
  await send('receipt', { order: 17, secret: 'hunter2' }, { provider: 'broken', metadata: { labels: { shop: 'eu' } } })
  await send('page', { order: 18 }, { provider: 'broken', tenant: 'bolt' })
  const { events } = (await call('/v1/events', { q: 'labels.host:db-2' })) as { events: { fingerprint: string }[] }
  await call(`/v1/events/${events[0]!.fingerprint}/transition`, {}, { to: 'closed' })
  const { events: closed } = (await call('/v1/events', { q: 'state:closed' })) as { events: { updated_at: string }[] }
  closedAt = Date.parse(closed[0]!.updated_at)
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('events pass a filter of what they have, also page by page', async () => {
  expect(await hosts({ q: 'type:disk' })).toEqual(['db-1', 'db-2'])
  expect(await hosts({ q: 'severity:critical -type:cpu' })).toEqual(['db-1'])
  expect(await hosts({ q: 'state:open labels.host:*-1' })).toEqual(['db-1', 'web-1'])
  expect(await hosts({ q: '"WEB"' })).toEqual(['web-1'])
  const first = await call('/v1/events', { q: 'labels.host:*-1', limit: '1' })
  expect(first).toMatchObject({ count: 1, next_cursor: expect.any(String) })
  const rest = await call('/v1/events', { q: 'labels.host:*-1', cursor: first['next_cursor'] as string })
  expect(rest).toMatchObject({ count: 1 })
  expect(rest['next_cursor']).toBeUndefined()
})

it('events pass a window by when they changed last', async () => {
  expect(await hosts({ active: 'false', from: String(closedAt) })).toEqual(['db-2'])
  expect(await hosts({ active: 'false', from: String(closedAt + 1) })).toEqual([])
  expect(await hosts({ active: 'false', to: String(closedAt) })).toEqual([])
})

it('groups and dead letters pass a filter of what they have', async () => {
  const groups = async (q: string) =>
    ((await call('/v1/groups', { q })) as { groups: { event_count: number }[] }).groups.map(
      (group) => group.event_count,
    )
  expect(await groups('rule:together "pay"')).toEqual([2])
  expect(await groups('-rule:together')).toEqual([])
  const letters = async (q: string) =>
    ((await call('/v1/dead-letters', { q })) as { dead_letters: { action_type: string }[] }).dead_letters.map(
      ({ action_type }) => action_type,
    )
  expect(await letters('payload.order:17 provider:broken labels.shop:eu')).toEqual(['receipt'])
  expect(await letters('tenant:bolt')).toEqual(['page'])
  expect(await letters('attempts:1 -payload.order:>17')).toEqual(['receipt'])
})

it('what is masked is not found by what it hides', async () => {
  for (const q of ['payload.secret:hunter2', '"hunter2"'])
    expect(await call('/v1/dead-letters', { q })).toMatchObject({ status: 200, count: 0 })
  expect(await call('/v1/facets', { of: 'dead_letters', key: 'payload.secret' })).not.toMatchObject({
    values: [{ value: 'hunter2' }],
  })
})

it('counts and proposals are of the same things as the list', async () => {
  expect(await call('/v1/counts', { of: 'events', q: 'severity:critical type:disk' })).toMatchObject({
    ...{ total: 1, all: 3 },
    chips: [
      { alone: 2, without: 2 },
      { alone: 2, without: 2 },
    ],
  })
  // What is over counts only where it ended within the window; what is open always does.
  expect(await call('/v1/counts', { of: 'events', from: String(closedAt + 1) })).toMatchObject({ total: 2 })
  expect(await call('/v1/counts', { of: 'groups' })).toMatchObject({ total: 2 })
  expect(await call('/v1/counts', { of: 'dead_letters', q: 'tenant:acme' })).toMatchObject({ total: 1, all: 2 })
  expect(await call('/v1/facets', { of: 'events', key: 'severity' })).toMatchObject({
    values: [
      { value: 'critical', count: 2 },
      { value: 'high', count: 1 },
    ],
  })
})

it('a key that they do not have is refused with its place and those that they have', async () => {
  for (const path of ['/v1/events', '/v1/counts']) {
    const query = { q: 'type:disk took:>2s', ...(path === '/v1/counts' && { of: 'events' }) }
    expect(await call(path, query)).toMatchObject({
      status: 400,
      error: expect.stringMatching(/events have no "took"; they have state, severity, .*labels\.<name>/),
      problems: [{ start: 10, end: 14 }],
    })
  }
  expect(await call('/v1/facets', { of: 'groups', key: 'severity' })).toMatchObject({ status: 400 })
})

it('a bulk redelivery takes no more than its filter', async () => {
  const before = await call('/v1/dead-letters', {})
  const ids = (before['dead_letters'] as { id: string }[]).map(({ id }) => id)
  expect(ids).toHaveLength(2)
  for (const which of [{ q: 'payload.order:17' }, { q: 'type:page', ids }])
    expect(await call('/v1/dead-letters/redeliver', {}, which)).toMatchObject({ failed: 1, results: [{}] })
})
