import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Static } from 'typebox'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { compile } from '../lib/validate.js'
import { RulesBehindShape, StoryShape } from './shapes.js'
import { startServer, type RunningServer } from './start.js'

const RULES = `
rules:
  - name: tag
    condition: { field: payload.n, gte: 1 }
    action: { type: modify, changes: { level: high } }
  - name: quiet
    condition: { field: action_type, eq: quiet }
    action: { type: suppress, reason: "Not now" }
  - name: later
    condition: { field: action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
  - name: high
    condition: { field: payload.level, eq: high }
    action: { type: reroute, target_provider: sms }
  - name: secret
    condition: { field: payload.password, eq: hunter2 }
    action: { type: suppress }
  - name: card
    condition: 'action.payload.text.contains("card")'
    action: { type: suppress }
  - name: down
    condition: { call: has_active_event, args: [alert] }
    action: { type: suppress }
  - name: alert
    condition: { field: action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [action_type] }
`
const CONFIG = `
[state]
backend = "memory"
[[providers]]
name = "email"
type = "log"
[[providers]]
name = "sms"
type = "log"
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "resolved"]
transitions = [{ from = "firing", to = "resolved" }]
`

let folder: string
let server: RunningServer
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acteon-behind-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(more = ''): Promise<void> {
  const { config, problems } = await parseConfig({ text: CONFIG + more, file: 'acteon.toml', folder }, {})
  expect(problems).toEqual([])
  server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
}
async function call(method: string, path: string, body?: unknown) {
  const answer = await fetch(server.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
async function dispatch(id: string, action: object): Promise<void> {
  const whole = { id, namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'quiet', ...action }
  expect((await call('POST', '/v1/dispatch', whole)).status).toBe(200)
}
async function behind(id: string): Promise<Static<typeof RulesBehindShape>> {
  const { status, body } = await call('GET', `/v1/actions/${id}/rules-behind`)
  expect(status).toBe(200)
  expect(compile(RulesBehindShape)(body)).toMatchObject({ ok: true })
  return body as Static<typeof RulesBehindShape>
}
const resultsOf = ({ rules }: { rules: { rule: string; result: string }[] }): Record<string, string> =>
  Object.fromEntries(rules.map(({ rule, result }) => [rule, result]))

it('tells what the rules behind the deciding one make of an action as it was then, and sends and keeps nothing', async () => {
  await start()
  await dispatch('a-1', { payload: { n: 3, password: 'hunter2', text: 'a card' } })
  const story = await call('GET', '/v1/actions/a-1')
  expect(compile(StoryShape)(story.body)).toMatchObject({ ok: true })
  expect(story.body).toMatchObject({ records: [{ matched_rule: 'quiet', trace: { rules_behind: 6 } }] })
  const records = await call('GET', '/v1/audit')
  const told = await behind('a-1')
  expect(told).toMatchObject({ behind: 'quiet', not_shown: 0 })
  expect(told.rules_version_now).toBe(told.rules_version)
  expect(resultsOf(told)).toEqual({
    ...{ later: 'not_matched', high: 'matched', secret: 'unknown', card: 'matched' },
    ...{ down: 'not_matched', alert: 'not_matched' },
  })
  expect(told.rules[1]).toMatchObject({
    verdict: 'reroute',
    parts: [{ part: 'payload.level eq "high"', found: 'high' }],
  })
  expect(told.rules[2]).toMatchObject({ note: 'payload.password is masked' })
  expect(JSON.stringify(told)).not.toMatch(/found":"hunter2/)
  expect((await call('GET', '/v1/audit')).body).toEqual(records.body)
})

it('looks at events as they are now, and says so', async () => {
  await start()
  await dispatch('a-1', {})
  expect(resultsOf(await behind('a-1'))['down']).toBe('not_matched')
  await dispatch('alert-1', { action_type: 'alert' })
  expect((await behind('a-1')).rules.find(({ rule }) => rule === 'down')).toMatchObject({
    result: 'matched',
    asks_state: true,
  })
})

it('says which rules it looked at when they have changed since', async () => {
  await start()
  await dispatch('a-1', { payload: { n: 3 } })
  const path = join(folder, 'rules', 'all.yaml')
  writeFileSync(path, RULES.replace('{ field: payload.level, eq: high }', '{ field: payload.level, eq: low }'))
  expect((await call('POST', '/v1/rules/reload')).status).toBe(200)
  const changed = await behind('a-1')
  expect(changed).toMatchObject({ behind: 'quiet' })
  expect(changed.rules_version_now).not.toBe(changed.rules_version)
  expect(resultsOf(changed)['high']).toBe('not_matched')
  writeFileSync(path, RULES.replace('name: quiet', 'name: calm'))
  expect((await call('POST', '/v1/rules/reload')).status).toBe(200)
  const gone = await behind('a-1')
  expect(gone.behind).toBeNull()
  expect(Object.keys(resultsOf(gone))).toEqual(['calm', 'later', 'high', 'secret', 'card', 'down', 'alert'])
})

it('tells of an action that is still open', async () => {
  await start()
  await dispatch('a-1', { action_type: 'later', payload: { n: 3, password: 'x' } })
  const told = await behind('a-1')
  expect(told).toMatchObject({ behind: 'later' })
  expect(resultsOf(told)).toMatchObject({ high: 'matched', secret: 'unknown' })
})

it('says of a payload that is not on record that it is not known', async () => {
  await start('[audit]\nstore_payload = false\n')
  await dispatch('a-1', { payload: { n: 3, text: 'x' } })
  const told = await behind('a-1')
  expect(resultsOf(told)).toMatchObject({ later: 'not_matched', high: 'unknown', card: 'unknown', down: 'not_matched' })
  expect(told.rules[1]).toMatchObject({ note: 'the payload is not on record' })
})

it('finds nothing behind where no rule decided, and knows no other action', async () => {
  await start()
  await dispatch('a-1', { action_type: 'plain' })
  expect(await behind('a-1')).toMatchObject({ behind: null, rules: [] })
  expect((await call('GET', '/v1/actions/a-2/rules-behind')).status).toBe(404)
})
