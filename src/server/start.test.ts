import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { compile } from '../lib/validate.js'
import { createLog } from './log.js'
import { EvaluateAnswer } from '../rules/evaluate.js'
import * as shapes from './shapes.js'
import { startServer, type RunningServer } from './start.js'

const RULES = `
rules:
  - name: quiet
    condition: { field: payload.quiet, eq: true }
    action: { type: suppress, reason: "Not now" }
  - name: once
    condition: { field: action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 60 }
  - name: few
    condition: { field: action_type, eq: few }
    action: { type: throttle, max_count: 1, window_seconds: 60, message: "One a minute" }
  - name: collect
    condition: { field: action_type, eq: collect }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 60 }
  - name: track
    condition: { field: action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [action_type, metadata.cluster] }
  - name: later
    condition: { field: action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
  - name: other way
    condition: { field: payload.urgent, eq: true }
    action: { type: reroute, target_provider: sms }
`
const machine = `
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "acknowledged", "resolved"]
transitions = [{ from = "firing", to = "acknowledged" }, { from = "acknowledged", to = "resolved" }]
`

/** A provider's end: it remembers what it got, and answers 400 to what says so. */
async function receiver(): Promise<{ server: Server; port: number; bodies: Record<string, unknown>[] }> {
  const bodies: Record<string, unknown>[] = []
  const read = async (request: IncomingMessage): Promise<string> => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    return text
  }
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const body = JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>
      bodies.push(body)
      response.statusCode = JSON.stringify(body).includes('refuse me') ? 400 : 200
      response.setHeader('content-type', 'application/json').end('{"ok":true}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port, bodies }
}

async function configOf(text: string, folder: string) {
  const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
  if (config === undefined) throw new Error(JSON.stringify(problems))
  return config
}

/** Every answer is held against the schema that the API's description has for it. */
const fits = (schema: TSchema, body: unknown): void => {
  const checked = compile(schema)(body)
  expect(checked.ok ? [] : checked.issues).toEqual([])
}

describe('a server with everything in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-server-'))
  const lines: string[] = []
  let peer: Awaited<ReturnType<typeof receiver>>
  let server: RunningServer
  beforeAll(async () => {
    mkdirSync(join(folder, 'rules'))
    writeFileSync(join(folder, 'rules', 'all.yaml'), RULES)
    peer = await receiver()
    const webhook = (name: string) =>
      `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "http://127.0.0.1:${peer.port}/${name}"\nsecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"\n`
    const config = await configOf(
      `[server]\nport = 0\n[state]\nbackend = "memory"\n[executor]\nmax_retries = 0\n${machine}${webhook('email')}${webhook('sms')}\n[[providers]]\nname = "shown"\ntype = "log"\n`,
      folder,
    )
    const log = createLog({ level: 'info', format: 'text' }, (line) => lines.push(line))
    server = await startServer(config, { log })
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    peer?.server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as never,
    }
  }
  const ACTION = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'send', payload: {} }
  const dispatch = async (action: object): Promise<Record<string, Record<string, never>>> => {
    const { status, body } = await call('POST', '/v1/dispatch', { ...ACTION, ...action })
    expect(status).toBe(200)
    fits(shapes.OutcomeShape, body)
    return body
  }

  it('says what it runs', () => {
    expect(server.summary).toMatchObject({
      address: server.url,
      state: 'memory',
      audit: 'memory',
      rules: { loaded: 7 },
      providers: [{ name: 'email', type: 'webhook' }, { name: 'sms' }, { name: 'shown', type: 'log' }],
      machines: ['alert'],
    })
  })

  it('answers each kind of outcome in the form that existing clients read', async () => {
    expect(await dispatch({ id: 'w1', payload: { password: 'hunter2' } })).toEqual({
      Executed: { status: 'success', body: { ok: true }, headers: expect.any(Object) as object, action_id: 'w1' },
    })
    expect(await dispatch({ id: 'w2', payload: { quiet: true } })).toEqual({
      Suppressed: { rule: 'quiet', reason: 'Not now', action_id: 'w2' },
    })
    expect(await dispatch({ id: 'w3', payload: { urgent: true } })).toEqual({
      Rerouted: {
        original_provider: 'email',
        new_provider: 'sms',
        response: { status: 'success', body: { ok: true }, headers: expect.any(Object) as object },
        action_id: 'w3',
      },
    })
    await dispatch({ action_type: 'once', dedup_key: 'k' })
    expect(await dispatch({ action_type: 'once', dedup_key: 'k' })).toBe('Deduplicated')
    await dispatch({ action_type: 'few' })
    const throttled = await call('POST', '/v1/dispatch', { ...ACTION, action_type: 'few' })
    expect(throttled.body).toEqual({
      Throttled: {
        retry_after: { secs: expect.any(Number) as number, nanos: expect.any(Number) as number },
        rule: 'few',
        message: 'One a minute',
        action_id: expect.any(String) as string,
      },
    })
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(await dispatch({ provider: 'nobody' })).toMatchObject({
      Failed: { code: 'PROVIDER_NOT_FOUND', retryable: false, attempts: 0 },
    })
    const again = await call('POST', '/v1/dispatch', { ...ACTION, id: 'w2', payload: { quiet: true } })
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual([
      'true',
      expect.objectContaining({ Suppressed: expect.any(Object) as object }),
    ])
    expect(await call('POST', '/v1/dispatch', { ...ACTION, id: 'w2' })).toMatchObject({
      status: 422,
      body: { code: 'ID_REUSED' },
    })
  })

  it('a dry run changes nothing', async () => {
    const { body } = await call('POST', '/v1/dispatch?dry_run=true', { ...ACTION, payload: { urgent: true } })
    expect(body).toMatchObject({
      DryRun: { verdict: 'reroute', matched_rule: 'other way', would_be_provider: 'sms', matched_rules: ['other way'] },
    })
  })

  it('takes an action and answers before it is delivered, when asked not to wait', async () => {
    const { status, headers } = await call('POST', '/v1/dispatch', { ...ACTION, id: 'w4' }, { prefer: 'respond-async' })
    expect([status, headers.get('location')]).toEqual([202, '/v1/actions/w4'])
  })

  it('tracks an event, moves it by hand, and refuses a move that is not allowed', async () => {
    const alert = { action_type: 'alert', metadata: { labels: { cluster: 'prod' } } }
    const { StateChanged: fired } = await dispatch(alert)
    expect(fired).toMatchObject({ previous_state: null, new_state: 'firing', notify: true })
    const path = `/v1/events/${String(fired!['fingerprint'])}`
    const list = await call('GET', '/v1/events?status=firing')
    fits(shapes.EventList, list.body)
    expect(list.body).toMatchObject({
      count: 1,
      events: [
        { fingerprint: fired!['fingerprint'], state: 'firing', action_type: 'alert', labels: { cluster: 'prod' } },
      ],
    })
    expect(await call('PUT', `${path}/transition`, { to_state: 'acknowledged', comment: 'on it' })).toEqual(
      expect.objectContaining({
        status: 200,
        body: {
          fingerprint: fired!['fingerprint'],
          previous_state: 'firing',
          new_state: 'acknowledged',
          notify: true,
          version: 2,
        },
      }),
    )
    expect((await call('PUT', `${path}/transition`, { to: 'acknowledged' })).body).toMatchObject({
      previous_state: 'acknowledged',
      new_state: 'acknowledged',
      notify: false,
    })
    expect(await call('PUT', `${path}/transition`, { to: 'firing' })).toMatchObject({
      status: 409,
      body: { code: 'TRANSITION_NOT_ALLOWED', allowed: ['resolved'] },
    })
    const one = await call('GET', path)
    fits(shapes.EventWithHistory, one.body)
    expect(one.body).toMatchObject({
      state: 'acknowledged',
      history: [{ to: 'firing' }, { to: 'acknowledged', by: { comment: 'on it' } }],
    })
    await dispatch({ ...alert, tenant: 'other' })
    expect(await call('PUT', `${path}/transition`, { to: 'resolved' })).toMatchObject({
      status: 409,
      body: { code: 'AMBIGUOUS', matches: [{}, {}] },
    })
    expect(
      await call('PUT', `${path}/transition`, { to: 'resolved', namespace: 'shop', tenant: 'acme' }),
    ).toMatchObject({ status: 200 })
    expect(await call('GET', '/v1/events/none')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  })

  it('collects a group, shows it, and sends it when told', async () => {
    for (let seq = 1; seq <= 3; seq++)
      await dispatch({
        id: `g${seq}`,
        action_type: 'collect',
        payload: { seq, token: 'abc' },
        metadata: { cluster: 'prod' },
      })
    const list = await call('GET', '/v1/groups')
    fits(shapes.GroupList, list.body)
    expect(list.body).toMatchObject({
      total: 1,
      groups: [{ event_count: 3, state: 'pending', labels: { cluster: 'prod' } }],
    })
    const key = (list.body as { groups: { group_key: string }[] }).groups[0]!.group_key
    const one = await call('GET', `/v1/groups/${key}`)
    fits(shapes.GroupDetail, one.body)
    expect(one.body).toMatchObject({
      events: ['g1', 'g2', 'g3'],
      members: [{ payload: { seq: 1, token: '[REDACTED]' } }, {}, {}],
    })
    expect((await call('DELETE', `/v1/groups/${key}`)).body).toMatchObject({
      group_key: key,
      event_count: 3,
      status: 'flushed',
      notified: true,
    })
    expect(await call('DELETE', `/v1/groups/${key}`)).toMatchObject({ status: 404 })
  })

  it('lists, inspects, mends, redelivers and gives up what failed for good', async () => {
    await dispatch({ id: 'd1', payload: { text: 'refuse me', token: 'abc' } })
    await dispatch({ id: 'd2', payload: { text: 'refuse me' } })
    const list = await call('GET', '/v1/dead-letters?provider=email')
    fits(shapes.DeadLetterList, list.body)
    const letters = (list.body as { dead_letters: { id: string; action_id: string }[] }).dead_letters
    expect(list.body).toMatchObject({
      count: 2,
      dead_letters: [
        { action_id: 'd2', code: 'PROVIDER_REJECTED', attempts: 1 },
        { action_id: 'd1', payload: { token: '[REDACTED]' } },
      ],
    })
    const path = `/v1/dead-letters/${letters[1]!.id}`
    expect(await call('PATCH', path, { payload: { token: '[REDACTED]' } })).toMatchObject({ status: 400 })
    expect((await call('PATCH', path, { payload: { text: 'please' } })).body).toMatchObject({
      payload: { text: 'please', token: '[REDACTED]' },
      version: 2,
    })
    expect((await call('POST', `${path}/redeliver`)).body).toMatchObject({
      Executed: { status: 'success', action_id: 'd1' },
    })
    expect(peer.bodies.at(-1)).toMatchObject({ id: 'd1', payload: { text: 'please', token: 'abc' } })
    expect(await call('GET', path)).toMatchObject({ status: 404 })
    const bulk = await call('POST', '/v1/dead-letters/redeliver', { provider: 'email' })
    fits(shapes.BulkRedelivered, bulk.body)
    expect(bulk.body).toMatchObject({
      redelivered: 0,
      failed: 1,
      refused: 0,
      results: [{ action_id: 'd2', outcome: { Failed: {} } }],
    })
    expect((await call('GET', '/v1/dlq/stats')).body).toEqual({ enabled: true, count: 1 })
    const drained = await call('POST', '/v1/dlq/drain')
    expect(drained.body).toEqual({
      entries: [
        {
          action_id: 'd2',
          namespace: 'shop',
          tenant: 'acme',
          provider: 'email',
          action_type: 'send',
          error: expect.any(String) as string,
          attempts: 1,
          timestamp: expect.any(Number) as number,
        },
      ],
      count: 1,
    })
    for (let i = 0; i < 100 && (await server.gateway.state.stats()).dead_letters > 0; i++)
      await new Promise((r) => setTimeout(r, 10))
    expect((await call('GET', '/v1/dlq/stats')).body).toEqual({ enabled: true, count: 0 })
    await dispatch({ id: 'd3', payload: { text: 'refuse me' } })
    const [last] = ((await call('GET', '/v1/dead-letters')).body as { dead_letters: { id: string }[] }).dead_letters
    expect(await call('DELETE', `/v1/dead-letters/${last!.id}?reason=no`)).toMatchObject({
      status: 204,
      body: undefined,
    })
  })

  it('says which dead letters are hardly worth sending again, and sends only what it is told to', async () => {
    const event = { fingerprint: 'order-7', payload: { text: 'refuse me' } }
    await dispatch({ id: 'm1', ...event })
    await dispatch({ id: 'm2', ends_at: '2026-01-01T02:51:00Z' })
    await dispatch({ id: 'm3', fingerprint: 'order-8', payload: { text: 'refuse me' } })
    await dispatch({ id: 'm4', fingerprint: 'order-7' })
    // The same event of somebody else says nothing about this one.
    await dispatch({ id: 'm5', fingerprint: 'order-8', tenant: 'other' })
    const list = await call('GET', '/v1/dead-letters')
    fits(shapes.DeadLetterList, list.body)
    const letters = (list.body as { dead_letters: { id: string; action_id: string }[] }).dead_letters
    expect(letters).toMatchObject([
      { action_id: 'm3', past_use_since: null, delivered_since: null },
      { action_id: 'm2', past_use_since: '2026-01-01T02:51:00.000Z', delivered_since: null },
      { action_id: 'm1', past_use_since: null, delivered_since: { action_id: 'm4', provider: 'email' } },
    ])
    expect((await call('POST', '/v1/dead-letters/redeliver', { worthwhile: true })).body).toMatchObject({
      failed: 1,
      left: 2,
      results: [{ action_id: 'm3' }],
    })
    const ids = letters.filter(({ action_id }) => action_id !== 'm3').map(({ id }) => id)
    const named = await call('POST', '/v1/dead-letters/redeliver', { ids: [...ids, 'gone'], provider: 'email' })
    fits(shapes.BulkRedelivered, named.body)
    expect(named.body).toMatchObject({ left: 0, results: [{ action_id: 'm2' }, { action_id: 'm1' }] })
    expect(
      (await call('POST', '/v1/dead-letters/redeliver', { ids: [letters[0]!.id], provider: 'sms' })).body,
    ).toMatchObject({ results: [] })
    await call('POST', '/v1/dlq/drain')
    for (let i = 0; i < 100 && (await server.gateway.state.stats()).dead_letters > 0; i++)
      await new Promise((r) => setTimeout(r, 10))
  })

  it('calls off what is scheduled', async () => {
    await dispatch({ id: 's1', action_type: 'later' })
    const open = await call('GET', '/v1/actions?state=open')
    fits(shapes.ActionList, open.body)
    expect(open.body).toMatchObject({ actions: [{ action_id: 's1', status: 'scheduled', outcome: 'scheduled' }] })
    expect((await call('DELETE', '/v1/actions/s1?reason=changed+my+mind')).body).toMatchObject({
      Failed: { code: 'CANCELLED' },
    })
    expect(await call('DELETE', '/v1/actions/s1')).toMatchObject({ status: 404 })
  })

  it('tells the story of an action, and lists all', async () => {
    const story = await call('GET', '/v1/actions/w3?namespace=shop&tenant=acme')
    fits(shapes.StoryShape, story.body)
    expect(story.body).toMatchObject({
      action_id: 'w3',
      status: 'settled',
      records: [{ matched_rule: 'other way', trace: { attempts: [{ provider: 'sms', result: 'success' }] } }],
    })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await call(
        'GET',
        `/v1/actions?limit=4${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      fits(shapes.ActionList, page.body)
      const { actions, next_cursor } = page.body as {
        actions: { action_id: string; try: number; status: string }[]
        next_cursor?: string
      }
      seen.push(...actions.map(({ action_id, try: nth, status }) => `${action_id} ${nth} ${status}`))
      cursor = next_cursor
    } while (cursor !== undefined)
    expect(seen).toContain('w1 1 settled')
    expect(await call('GET', '/v1/actions/none')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  })

  it('keeps records: filtered, paged, masked, replayed', async () => {
    const list = await call('GET', '/v1/audit?namespace=shop&outcome=suppressed')
    fits(shapes.AuditList, list.body)
    expect(list.body).toMatchObject({
      total: 1,
      limit: 50,
      offset: 0,
      records: [
        { action_id: 'w2', verdict: 'suppress', matched_rule: 'quiet', record_hash: null, sequence_number: null },
      ],
    })
    expect(list.body).not.toHaveProperty('next_cursor')
    const one = await call('GET', '/v1/audit/w1')
    expect(one.body).toMatchObject({ action_payload: { password: '[REDACTED]' }, outcome: 'executed' })
    expect(await call('GET', '/v1/audit?outcome=supressed')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('did you mean "suppressed"') as string },
    })
    expect(await call('GET', '/v1/audit?offset=10001')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('cursor') as string },
    })
    expect(await call('GET', '/v1/audit?from=yesterday')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('RFC 3339') as string },
    })
    const replay = await call('POST', '/v1/audit/w1/replay')
    fits(shapes.Replay, replay.body)
    expect(replay.body).toMatchObject({ original_action_id: 'w1', success: true, error: null })
    expect(peer.bodies.at(-1)).toMatchObject({
      payload: { password: 'hunter2' },
      metadata: { labels: { replayed_from: 'w1' } },
    })
    expect(await call('POST', '/v1/audit/none/replay')).toMatchObject({ status: 404 })
    const bulk = await call('POST', '/v1/audit/replay?outcome=suppressed&limit=10')
    fits(shapes.BulkReplay, bulk.body)
    expect(bulk.body).toMatchObject({ replayed: 1, failed: 0, skipped: 0, results: [{ original_action_id: 'w2' }] })
  })

  it('finds a name that was sent with + for a space', async () => {
    const path = '/v1/rules/other+way/enabled'
    expect((await call('PUT', path, { enabled: false })).body).toEqual({
      name: 'other way',
      enabled: false,
      status: 'disabled',
      switched: false,
    })
    expect((await call('PUT', '/v1/rules/other%20way/enabled', { enabled: null })).body).toEqual({
      name: 'other way',
      enabled: true,
      status: 'enabled',
      switched: null,
    })
    expect(await call('PUT', '/v1/rules/none/enabled', { enabled: true })).toMatchObject({ status: 404 })
    expect(await call('PUT', path, { enabled: 'yes' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', issues: [{ path: 'enabled' }, {}] },
    })
  })

  it('shows the message that a provider would make, and sends nothing', async () => {
    const shown = await call('POST', '/v1/render', {
      action: { ...ACTION, payload: { message: 'Disk <full>' } },
      provider: 'slack',
    })
    expect(shown.status).toBe(200)
    expect(shown.body).toMatchObject({ provider: 'slack', templates: [], problem: null })
    expect(JSON.stringify(shown.body)).toContain('Disk &lt;full&gt;')
    expect(await call('POST', '/v1/render', { action: ACTION, provider: 'pigeon' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    })
  })

  it('lists, evaluates and reloads rules', async () => {
    const list = await call('GET', '/v1/rules')
    expect(list.body).toHaveLength(7)
    expect((list.body as object[])[0]).toMatchObject({ name: 'quiet', priority: 0, enabled: true, description: null })
    const page = await call('GET', '/v1/rules?limit=5')
    expect([(page.body as object[]).length, page.headers.get('acteon-next-cursor')]).toEqual([5, '5'])
    expect((await call('GET', '/v1/rules?limit=5&cursor=5')).body).toHaveLength(2)
    const { metadata: _m, ...ask } = { ...ACTION, metadata: {} }
    const evaluated = await call('POST', '/v1/rules/evaluate', {
      ...ask,
      payload: { urgent: true },
      evaluate_all: true,
    })
    fits(EvaluateAnswer, evaluated.body)
    expect(evaluated.body).toMatchObject({ verdict: 'reroute', matched_rule: 'other way', has_errors: false })
    expect((await call('POST', '/v1/rules/reload')).body).toMatchObject({
      loaded: 7,
      errors: [],
      directory: join(folder, 'rules'),
    })
    writeFileSync(join(folder, 'rules', 'bad.yaml'), 'rules:\n  - name: bad\n    acton: {}\n')
    const failed = await call('POST', '/v1/rules/reload')
    expect(failed).toMatchObject({
      status: 400,
      body: {
        code: 'RULES_INVALID',
        loaded: 7,
        reloaded: 0,
        directory: join(folder, 'rules'),
        errors: [expect.stringContaining('bad.yaml:2:5'), expect.stringContaining('bad.yaml:3:5')] as string[],
      },
    })
    expect((await call('GET', '/health')).body).toMatchObject({
      status: 'degraded',
      rules: { errors: [expect.any(String), expect.any(String)] as string[] },
    })
    rmSync(join(folder, 'rules', 'bad.yaml'))
    expect((await call('POST', '/v1/rules/reload')).status).toBe(200)
    fits(shapes.Health, (await call('GET', '/health')).body)
  })

  it('shows providers, tries them, and what a log was given', async () => {
    fits(shapes.ProviderShape, ((await call('GET', '/v1/providers')).body as { providers: unknown[] }).providers[0])
    await dispatch({ id: 'shown-1', provider: 'shown', payload: { token: 'abc', text: 'hi' } })
    const { body } = await call('GET', '/v1/providers/shown/deliveries')
    expect(body).toMatchObject({
      count: 1,
      deliveries: [{ action_id: 'shown-1', payload: { token: '[REDACTED]', text: 'hi' } }],
    })
    const health = await call('GET', '/v1/providers/health')
    for (const one of (health.body as { providers: unknown[] }).providers) fits(shapes.ProviderHealth, one)
    expect(health.body).toMatchObject({
      providers: [
        {
          provider: 'email',
          healthy: true,
          total_requests: expect.any(Number) as number,
          last_request_at: expect.any(Number) as number,
        },
        {},
        {},
      ],
    })
    const test = await call('POST', '/v1/providers/sms/test', { payload: { text: 'refuse me' } })
    fits(shapes.ProviderTest, test.body)
    expect(test.body).toMatchObject({ provider: 'sms', success: false, status: 400 })
    expect((await call('POST', '/v1/providers/sms/test')).body).toMatchObject({ success: true })
    expect((await call('POST', '/v1/providers/shown/check')).body).toMatchObject({ provider: 'shown', healthy: true })
  })

  it('counts, for programs and for Prometheus', async () => {
    const { body } = await call('GET', '/metrics')
    fits(shapes.Counters, body)
    expect(body).toMatchObject({ suppressed: 2, rerouted: 1, deduplicated: 1, throttled: 1, grouped: 3 })
    const text = await (await fetch(`${server.url}/metrics/prometheus`)).text()
    for (const line of [
      /^acteon_outcomes_total\{kind="dispatch",outcome="suppressed",provider="email",rule="quiet"\} 2$/m,
      /^acteon_provider_attempts_total\{provider="sms",result="success"\} 1$/m,
      /^acteon_dispatch_seconds_count\{outcome="executed"\} \d+$/m,
      /^acteon_state_operation_seconds_bucket\{le="0.001",operation="admit",ok="true"\} \d+$/m,
      /^acteon_plan_seconds_count \d+$/m,
      /^acteon_provider_attempt_seconds_count\{provider="email"\} \d+$/m,
      /^acteon_dead_letters \d+$/m,
      /^acteon_job_lag_seconds \d/m,
      /^nodejs_eventloop_lag_seconds /m,
    ])
      expect(text).toMatch(line)
    const asked = await fetch(`${server.url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    expect(asked.headers.get('content-type')).toContain('text/plain')
  })

  it('shows circuits, and opens and closes them by hand', async () => {
    const { body } = await call('GET', '/admin/circuit-breakers')
    const { circuit_breakers } = body as { circuit_breakers: { provider: string; state: string }[] }
    for (const one of circuit_breakers) fits(shapes.CircuitBreakerShape, one)
    expect(circuit_breakers.find(({ provider }) => provider === 'sms')).toMatchObject({
      state: 'closed',
      failure_threshold: 5,
      success_threshold: 1,
      recovery_timeout_seconds: 60,
    })
    const tripped = await call('POST', '/admin/circuit-breakers/sms/trip')
    fits(shapes.CircuitBreakerChange, tripped.body)
    expect(tripped.body).toMatchObject({ provider: 'sms', state: 'open' })
    expect(await dispatch({ id: 'circuit-1', provider: 'sms' })).toMatchObject({
      CircuitOpen: { provider: 'sms', fallback_chain: [] },
    })
    const health = (await call('GET', '/v1/providers/health')).body as { providers: Record<string, unknown>[] }
    expect(health.providers.find(({ provider }) => provider === 'sms')).toMatchObject({ circuit_breaker_state: 'open' })
    expect((await call('POST', '/admin/circuit-breakers/sms/reset')).body).toMatchObject({ state: 'closed' })
    expect(await dispatch({ id: 'circuit-1', provider: 'sms' })).toHaveProperty('Executed')
    expect((await call('POST', '/admin/circuit-breakers/nobody/trip')).status).toBe(404)
  })

  it('says each outcome in a line, with the reason for what was held back, and no secrets', () => {
    const log = lines.join('')
    expect(log).toMatch(/held back: suppressed by rule quiet: Not now · to email · shop\/acme · \d+ ms · w2\n/)
    expect(log).toMatch(/delivered: executed · to email · .* · w1\n/)
    expect(log).toMatch(/shown received send .*\[REDACTED\]/)
    expect(log).not.toMatch(/hunter2|"abc"/)
  })

  it('shows its configuration without secrets', async () => {
    const { body } = await call('GET', '/admin/config')
    expect(body).toMatchObject({
      state: { backend: 'memory' },
      providers: [{ name: 'email', secret: '[secret]' }, {}, {}],
    })
    expect(JSON.stringify(body)).not.toContain('whsec_')
  })

  it('stops under load: every answer is an outcome or 503, then the door is closed', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 10 })
    const statuses = new Map<number | string, number>()
    let stopped = false
    const ask = (): Promise<number | string> =>
      new Promise((resolve) => {
        const asked = request(`${server.url}/v1/dispatch`, { method: 'POST', agent }, (answer) => {
          answer.resume()
          answer.on('end', () => resolve(answer.statusCode!))
        })
        asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
        asked.end(JSON.stringify(ACTION))
      })
    const clients = Array.from({ length: 10 }, async () => {
      while (!stopped) {
        const status = await ask()
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (status === 'ECONNREFUSED') return
      }
    })
    while ((statuses.get(200) ?? 0) < 50) await new Promise((resolve) => setTimeout(resolve, 5))
    await server.stop()
    stopped = true
    await Promise.all(clients)
    agent.destroy()
    expect(statuses.get(503)).toBeGreaterThan(0)
    // In the instant when the port is closed, the system breaks what has not been accepted yet: once for each client.
    expect(statuses.get('ECONNRESET') ?? 0).toBeLessThanOrEqual(10)
    expect(
      [...statuses.keys()].filter((status) => typeof status === 'string' && !status.startsWith('ECONNRE')),
    ).toEqual([])
    expect([...statuses.keys()].filter((status) => typeof status === 'number').sort()).toEqual([200, 503])
    await expect(fetch(`${server.url}/ready`)).rejects.toThrow()
  })
})

describe('a server that must not start', () => {
  it.each([
    ['on an address that others can reach', '[server]\nhost = "0.0.0.0"\n', /can be reached from other machines/],
  ])('%s is refused', async (_, text, says) => {
    const config = await configOf(`${text}[state]\nbackend = "memory"\n`, tmpdir())
    await expect(startServer(config, { port: 0 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(says) as string,
    })
    const asking = {
      ...config,
      server: { ...config.server, host: '127.0.0.1' },
      auth: { ...config.auth, enabled: true },
    }
    await expect(startServer(asking, { port: 0 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/auth\.toml: there is no such file/) as string,
    })
  })
})
