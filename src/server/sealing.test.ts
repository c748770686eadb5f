import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { createLog } from './log.js'
import { startServer, type RunningServer } from './start.js'

const KEYS = ['first', 'second', 'third'].map((name) => createHash('sha256').update(name).digest('hex'))
const CANARY = 'canary-7b1f'

const RULES = `
rules:
  - name: alone
    condition: { call: has_active_event, args: [alert, cluster, "${CANARY}-cluster"] }
    action: { type: suppress, reason: "an alert is active" }
    priority: 1
  - name: seen
    condition: { field: payload.note, contains: "${CANARY}" }
    action: { type: modify, changes: { seen: true } }
  - name: collect
    condition: { field: action_type, eq: collect }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 3600, max_group_size: 2 }
  - name: track
    condition: { field: action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [action_type, metadata.cluster] }
  - name: later
    condition: { field: action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
`
// The first rule must not stand in the way of what the others do.
const rulesWith = (alone: boolean): string =>
  alone
    ? RULES
    : RULES.replace('call: has_active_event', 'call: event_in_state')
        .replace('args: [alert, cluster, ', 'args: [nothing, ')
        .replace('-cluster"]', '"]')

const MACHINE = `
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "acknowledged", "resolved"]
transitions = [{ from = "firing", to = "acknowledged" }, { from = "acknowledged", to = "resolved" }]
`

describe('a gateway with [encryption] keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-sealing-'))
  const received: string[] = []
  const lines: string[] = []
  let peer: Server
  let running: RunningServer | undefined

  beforeAll(async () => {
    mkdirSync(join(folder, 'rules'))
    rules(false)
    peer = createServer((request, response) => {
      void (async () => {
        let text = ''
        for await (const chunk of request) text += String(chunk)
        received.push(text)
        response.statusCode = text.includes('refuse me') ? 400 : 200
        response.setHeader('content-type', 'application/json').end(`{"echo":"${CANARY}-answer"}`)
      })()
    })
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await running?.stop()
    peer?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const rules = (alone: boolean): void => writeFileSync(join(folder, 'rules', 'all.yaml'), rulesWith(alone))
  const configured = (keys: string[], more = '') =>
    `[server]\nport = 0\n[encryption]\nkeys = ${JSON.stringify(keys)}\n[executor]\nmax_retries = 0\n${more}${MACHINE}
[[providers]]
name = "email"
type = "webhook"
url = "http://127.0.0.1:${(peer.address() as { port: number }).port}/"
`
  async function start(keys: string[], more?: string): Promise<RunningServer> {
    const { config, problems } = await parseConfig({ text: configured(keys, more), file: 'acteon.toml', folder }, {})
    if (config === undefined) throw new Error(JSON.stringify(problems))
    const log = createLog({ level: 'info', format: 'json' }, (line) => lines.push(line))
    return (running = await startServer(config, { log }))
  }
  async function stop(): Promise<void> {
    await running?.stop()
    running = undefined
  }
  const get = async (path: string): Promise<never> => (await (await fetch(running!.url + path)).json()) as never
  const dispatch = async (action: object): Promise<Record<string, Record<string, unknown>>> => {
    const answer = await fetch(`${running!.url}/v1/dispatch`, {
      method: 'POST',
      body: JSON.stringify({ namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'send', ...action }),
    })
    const body = (await answer.json()) as Record<string, Record<string, unknown>>
    expect([answer.status, body]).toEqual([200, body])
    return body
  }
  const note = (name: string) => ({ note: `${CANARY}-${name}` })
  const stored = (): Buffer => {
    const data = join(folder, 'data')
    return Buffer.concat(readdirSync(data).map((name) => readFileSync(join(data, name))))
  }
  const sealing = async () =>
    ((await get('/health')) as { sealing: { enabled: boolean; key: string; older: string[] } }).sealing

  it('delivers, groups, tracks, holds and records what callers sent, and writes none of it into its files', async () => {
    await start([KEYS[0]!])
    expect(await sealing()).toEqual({ enabled: true, key: expect.stringMatching(/^[0-9a-f]{8}$/), older: [] })
    const metadata = { cluster: `${CANARY}-cluster`, owner: `${CANARY}-owner` }
    expect(await dispatch({ id: 's1', payload: note('sent'), metadata, dedup_key: `${CANARY}-dedup` })).toMatchObject({
      Executed: { body: { echo: `${CANARY}-answer` } },
    })
    await dispatch({ id: 'g1', action_type: 'collect', payload: note('one'), metadata })
    expect(await dispatch({ id: 'g2', action_type: 'collect', payload: note('two'), metadata })).toHaveProperty(
      'Grouped',
    )
    await dispatch({ id: 'g3', action_type: 'collect', payload: note('three'), metadata })
    await dispatch({ id: 'e1', action_type: 'alert', payload: note('alert'), metadata })
    await dispatch({ id: 'l1', action_type: 'later', payload: note('later'), metadata })
    expect(await dispatch({ id: 'd1', payload: { text: `refuse me ${CANARY}` } })).toHaveProperty('Failed')

    await expect.poll(() => received.filter((text) => text.includes('"events"')).length, { timeout: 10_000 }).toBe(1)
    const flush = JSON.parse(received.find((text) => text.includes('"events"'))!) as {
      payload: { events: { payload: unknown }[]; labels: unknown }
      metadata: { labels: Record<string, string> }
    }
    expect(flush.payload.events.map(({ payload }) => payload)).toEqual([
      { ...note('one'), seen: true },
      { ...note('two'), seen: true },
    ])
    expect(flush.payload.labels).toEqual({ cluster: `${CANARY}-cluster` })
    expect(flush.metadata.labels).toMatchObject(metadata)

    expect(await get('/v1/audit/s1')).toMatchObject({
      action_payload: { ...note('sent') },
      outcome_details: { body: { echo: `${CANARY}-answer` } },
    })
    expect(await get('/v1/events')).toMatchObject({ events: [{ labels: metadata }] })
    expect(await get('/v1/groups')).toMatchObject({ groups: [{ labels: { cluster: `${CANARY}-cluster` } }] })
    expect(await get('/v1/dead-letters')).toMatchObject({ dead_letters: [{ action_id: 'd1' }] })
    expect(await get('/v1/actions/l1')).toMatchObject({ action_id: 'l1' })

    await stop()
    const bytes = stored()
    expect(bytes.includes('s1')).toBe(true)
    expect(bytes.includes(CANARY)).toBe(false)
    expect(bytes.includes('refuse me')).toBe(false)
  }, 60_000)

  it('finds an active event by a label whose value was sealed', async () => {
    rules(true)
    await start([KEYS[0]!])
    expect(await dispatch({ id: 'x1' })).toHaveProperty('Suppressed')
    await stop()
  }, 60_000)

  it('exchanges its key under load without a failure, and finds what the old key indexed meanwhile and afterwards', async () => {
    await start([KEYS[1]!, KEYS[0]!])
    const answers: string[] = []
    let load = true
    const loading = Promise.all(
      [1, 2, 3, 4].map(async (worker) => {
        for (let i = 0; load; i++)
          answers.push(Object.keys(await dispatch({ id: `r${worker}-${i}`, payload: note('x') }))[0]!)
      }),
    )
    await expect.poll(sealing, { timeout: 30_000 }).toMatchObject({ older: [] })
    load = false
    await loading
    expect(answers.length).toBeGreaterThan(0)
    expect(new Set(answers)).toEqual(new Set(['Suppressed']))
    await stop()

    await start([KEYS[1]!])
    expect(await dispatch({ id: 'x2' })).toHaveProperty('Suppressed')
    expect(await get('/v1/audit/s1')).toMatchObject({ action_payload: { ...note('sent') } })
    expect(await get('/v1/groups')).toMatchObject({ groups: [{ labels: { cluster: `${CANARY}-cluster` } }] })
    // The same id and body answers the first outcome, which the first key had sealed.
    rules(false)
    await fetch(`${running!.url}/v1/rules/reload`, { method: 'POST' })
    const metadata = { cluster: `${CANARY}-cluster`, owner: `${CANARY}-owner` }
    expect(await dispatch({ id: 's1', payload: note('sent'), metadata, dedup_key: `${CANARY}-dedup` })).toMatchObject({
      Executed: { body: { echo: `${CANARY}-answer` } },
    })
    await stop()
    expect(stored().includes(CANARY)).toBe(false)
  }, 90_000)

  it.each([
    ['another key', [KEYS[2]!]],
    ['no key', []],
  ])('does not start with %s, and names the one that is missing', async (_what, keys) => {
    await expect(start(keys)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/sealed with key [0-9a-f]{8}/) as string,
    })
  })

  it('refuses what was exchanged in its files, says where, and hides nothing else', async () => {
    const db = new DatabaseSync(join(folder, 'data', 'acteon.db'))
    const record = (id: string) =>
      db.prepare('SELECT record FROM audit_record WHERE action_id = ?').get(id) as { record: string }
    const [mine, other] = [JSON.parse(record('s1').record), JSON.parse(record('e1').record)] as {
      action_payload: string
    }[]
    const moved = JSON.stringify({ ...mine, action_payload: other!.action_payload })
    db.prepare('UPDATE audit_record SET record = ? WHERE action_id = ?').run(moved, 's1')
    db.close()
    await start([KEYS[1]!])
    const answer = await fetch(`${running!.url}/v1/audit/s1`)
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({
        code: 'SEALED_UNREADABLE',
        error: expect.stringContaining('record "s1" of acme/shop') as string,
      }),
    ])
    const { records } = (await get('/v1/audit?limit=1000')) as {
      records: { action_id: string; action_payload: unknown }[]
    }
    expect(records.find(({ action_id }) => action_id === 'e1')!.action_payload).toMatchObject(note('alert'))
    expect(JSON.stringify(records.find(({ action_id }) => action_id === 's1'))).toContain('moved or exchanged')
    await stop()
  }, 60_000)
})
