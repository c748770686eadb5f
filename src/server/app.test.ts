import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../lib/clock.js'
import { listen, smallGateway, type Listening } from './gateway.fixture.js'
import { createLoad } from './overload.js'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const ACTION = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'send' }

/** What the server says to raw bytes. */
const say = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (part) => (got += part.toString()))
    socket.on('close', () => resolve(got))
  })

describe('the server', () => {
  const small = smallGateway()
  let server: Listening
  beforeAll(async () => {
    server = await listen({ gateway: small.gateway, shownConfig: () => ({ auth: { jwt_secret: '[secret]' } }) })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    small.taken.length = 0
    small.ail()
  })

  describe('what an answer to a dispatch says in its headers', () => {
    const dispatch = (body: object, headers?: Record<string, string>) =>
      server.call('POST', '/v1/dispatch', { ...ACTION, ...body }, headers)

    it('names the action, and whose id it is', async () => {
      const own = await dispatch({ id: 'mine' })
      expect(own.body).toEqual({ Executed: { status: 'success', body: null, headers: {}, action_id: 'mine' } })
      expect([own.headers.get('acteon-action-id'), own.headers.get('acteon-id-source')]).toEqual(['mine', 'caller'])
      const made = await dispatch({})
      const { action_id } = (made.body as { Executed: { action_id: string } }).Executed
      expect([made.headers.get('acteon-action-id'), made.headers.get('acteon-id-source')]).toEqual([
        action_id,
        'server',
      ])
    })

    it('takes Idempotency-Key as the id when the body has none', async () => {
      const given = await dispatch({}, { 'idempotency-key': 'key-1' })
      expect([given.headers.get('acteon-action-id'), given.headers.get('acteon-id-source')]).toEqual([
        'key-1',
        'caller',
      ])
      const both = await dispatch({ id: 'body' }, { 'idempotency-key': 'header' })
      expect(both.headers.get('acteon-action-id')).toBe('body')
      expect(await dispatch({}, { 'idempotency-key': 'x'.repeat(257) })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST' },
      })
    })

    it('says what was replayed', async () => {
      expect((await dispatch({ payload: { replayed: true } })).headers.get('idempotent-replayed')).toBe('true')
      expect((await dispatch({})).headers.get('idempotent-replayed')).toBeNull()
    })

    it('rounds Retry-After up, for what was throttled and for what was refused', async () => {
      const outcome = { type: 'Throttled', rule: 'r', retry_after: { secs: 44, nanos: 1 } }
      const throttled = await dispatch({ payload: { outcome } })
      expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([200, '45'])
      expect(throttled.body).toMatchObject({ Throttled: { retry_after: { secs: 44, nanos: 1 } } })
      for (const [code, status] of [
        ['IN_PROGRESS', 409],
        ['LIMIT_REACHED', 429],
        ['PROVIDER_BUSY', 503],
      ] as const) {
        const refused = await dispatch({ id: 'mine', payload: { error: code } })
        expect(refused.body).toEqual({
          action_id: 'mine',
          retry_after: 2,
          error: 'As the test asked.',
          code,
          message: 'As the test asked.',
          retryable: true,
        })
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '2'])
        expect([refused.headers.get('acteon-action-id'), refused.headers.get('acteon-id-source')]).toEqual([
          'mine',
          'caller',
        ])
      }
      expect((await dispatch({ payload: { error: 'ID_REUSED' } })).status).toBe(422)
    })

    it('answers 202 with the place to look when asked not to wait', async () => {
      const outcome = { type: 'Scheduled', action_id: 'later', scheduled_for: '2026-01-01T00:00:00Z' }
      const answer = await dispatch({ id: 'a b', payload: { outcome } }, { prefer: 'wait=5, respond-async' })
      expect([answer.status, answer.headers.get('location'), answer.headers.get('preference-applied')]).toEqual([
        202,
        '/v1/actions/a%20b',
        'respond-async',
      ])
      expect(small.taken[0]!.options.async).toBe(true)
      const suppressed = await dispatch(
        { payload: { outcome: { type: 'Suppressed', rule: 'r' } } },
        { prefer: 'respond-async' },
      )
      expect([suppressed.status, suppressed.headers.get('location')]).toEqual([200, null])
      expect((await dispatch({ payload: { outcome } })).status).toBe(200)
    })

    it('answers a duplicate with the bare word', async () => {
      const answer = await dispatch({ payload: { outcome: { type: 'Deduplicated' } } })
      expect([answer.text, answer.headers.get('content-type')]).toEqual([
        '"Deduplicated"',
        'application/json; charset=utf-8',
      ])
    })

    it('passes on dry_run and the trace that the request belongs to, when it is one', async () => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      await server.call('POST', '/v1/dispatch?dry_run=true', ACTION, { traceparent, tracestate: 'k=v' })
      await server.call('POST', '/v1/dispatch', ACTION, { traceparent: 'nonsense\t' })
      expect(small.taken.map(({ options }) => [options.dry_run, options.trace_context])).toEqual([
        [true, { traceparent, tracestate: 'k=v' }],
        [undefined, {}],
      ])
      expect(await server.call('POST', '/v1/dispatch?dry_run=maybe', ACTION)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST', error: expect.stringContaining('dry_run') as string },
      })
    })
  })

  it('tells nothing of its own faults but the request id', async () => {
    const answer = await server.call(
      'POST',
      '/v1/dispatch',
      { ...ACTION, payload: { fault: true } },
      { 'x-request-id': 'req-7' },
    )
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL', request_id: 'req-7', retryable: false } })
    expect(answer.text).not.toContain('secret detail')
    expect(answer.headers.get('x-request-id')).toBe('req-7')
  })

  describe('a request from another site', () => {
    const from = (headers: Record<string, string>, method = 'POST', path = '/v1/dispatch') =>
      new Promise<number>((resolve) => {
        const body = JSON.stringify(ACTION)
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
        void say(
          server.port,
          `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines.join('')}\r\n${body}`,
        ).then((text) => resolve(Number(text.split(' ')[1])))
      })

    it.each([
      [{ Origin: 'http://evil.example' }],
      [{ Origin: 'null' }],
      [{ Origin: 'http://127.0.0.1:1' }],
      [{ 'Sec-Fetch-Site': 'cross-site' }],
      [{ 'Sec-Fetch-Site': 'same-site' }],
      [{ Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ])('changes nothing: %j', async (headers: Record<string, string>) => {
      expect(await from(headers)).toBe(403)
      expect(small.taken).toEqual([])
    })

    it('is refused on every route that changes something', async () => {
      for (const [method, path] of [
        ['PUT', '/v1/rules/r/enabled'],
        ['PATCH', '/v1/dead-letters/d'],
        ['DELETE', '/v1/groups/g'],
        ['POST', '/v1/audit/replay'],
        ['POST', '/nowhere'],
      ] as const)
        expect([path, await from({ 'Sec-Fetch-Site': 'cross-site' }, method, path)]).toEqual([path, 403])
    })

    it('may read, and our own page and programs may do everything', async () => {
      expect(await from({ 'Sec-Fetch-Site': 'cross-site' }, 'GET', '/ready')).toBe(200)
      expect(await from({ Origin: `http://127.0.0.1:${server.port}`, 'Sec-Fetch-Site': 'same-origin' })).toBe(200)
      expect(await from({ 'Sec-Fetch-Site': 'none' })).toBe(200)
      // Behind a proxy that speaks TLS and changes Host.
      expect(await from({ Origin: 'https://acteon.example', 'Sec-Fetch-Site': 'same-origin' })).toBe(200)
      expect(await from({})).toBe(200)
    })
  })

  it('gives every answer the headers that keep browsers from harm', async () => {
    const paths = [
      '/',
      '/actions',
      '/t/acme/shop/actions',
      '/icon.svg',
      '/docs',
      '/docs/docs.js',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/health',
      '/metrics',
      '/metrics/prometheus',
      '/v1/rules',
      '/nowhere',
      '/%zz',
    ]
    for (const path of paths) {
      const { headers } = await server.call('GET', path)
      const got = Object.fromEntries(
        [
          'content-security-policy',
          'x-content-type-options',
          'referrer-policy',
          'cross-origin-opener-policy',
          'x-frame-options',
          'access-control-allow-origin',
        ].map((name) => [name, headers.get(name)]),
      )
      expect({ path, ...got }).toEqual({
        path,
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'access-control-allow-origin': null,
      })
    }
    expect(
      (await server.call('GET', '/ready', undefined, { 'x-forwarded-proto': 'https' })).headers.get(
        'strict-transport-security',
      ),
    ).toContain('max-age')
    expect((await server.call('GET', '/ready')).headers.get('strict-transport-security')).toBeNull()
  })

  describe('every error, on every path, is a JSON error body', () => {
    it.each([
      ['GET', '/nowhere', 404, 'NOT_FOUND'],
      ['GET', '/v1/dispatch/', 404, 'NOT_FOUND'],
      ['GET', '/v1/auth/login', 405, 'METHOD_NOT_ALLOWED'],
      ['POST', '/v1/auth/logout', 404, 'NOT_FOUND'],
      ['GET', '/%zz', 400, 'INVALID_REQUEST'],
      ['GET', '/v1/dispatch', 405, 'METHOD_NOT_ALLOWED'],
      ['POST', '/v1/events/f/transition', 405, 'METHOD_NOT_ALLOWED'],
      ['DELETE', '/health', 405, 'METHOD_NOT_ALLOWED'],
      ['OPTIONS', '/v1/dispatch', 405, 'METHOD_NOT_ALLOWED'],
      ['GET', '/v1/audit', 404, 'NOT_FOUND'],
      ['GET', '/v1/audit?limit=0', 400, 'INVALID_REQUEST'],
      ['GET', '/v1/audit?limit=ten', 400, 'INVALID_REQUEST'],
      ['GET', '/v1/audit?limit=5&limit=6', 400, 'INVALID_REQUEST'],
      ['GET', '/v1/rules?cursor=x', 400, 'INVALID_REQUEST'],
      ['GET', '/v1/subscribe/thing/1', 404, 'NOT_FOUND'],
      ['GET', '/v1/providers/none/deliveries', 404, 'NOT_FOUND'],
      ['POST', '/v1/audit/replay?tennant=acme', 400, 'INVALID_REQUEST'],
      ['PUT', '/v1/events/f/transition', 400, 'INVALID_REQUEST'],
    ])('%s %s: %i %s', async (method, path, status, code) => {
      const answer = await server.call(method, path)
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect([answer.status, answer.body]).toEqual([
        status,
        expect.objectContaining({
          code,
          retryable: false,
          error: expect.any(String) as string,
          message: expect.any(String) as string,
        }),
      ])
    })

    it('405 lists what is allowed, and a misspelt name what was meant', async () => {
      const { headers, body } = await server.call('POST', '/v1/events/f/transition')
      expect([headers.get('allow'), body]).toEqual(['PUT', expect.objectContaining({ allowed: ['PUT'] })])
      expect((await server.call('POST', '/v1/audit/replay?tennant=acme')).text).toContain('did you mean \\"tenant\\"')
    })

    it.each([
      ['bytes that are no HTTP', 'hello\r\n\r\n', 400, 'INVALID_REQUEST'],
      ['a header that is none', 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n', 400, 'INVALID_REQUEST'],
      [
        'headers of more than 8 KiB',
        `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`,
        431,
        'HEADERS_TOO_LARGE',
      ],
      [
        'two lengths',
        'POST /v1/dispatch HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
        400,
        'INVALID_REQUEST',
      ],
    ])('%s', async (_, bytes, status, code) => {
      const text = await say(server.port, bytes)
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ code })
    })
  })

  it('shows the configuration as it was given to be shown', async () => {
    expect((await server.call('GET', '/admin/config')).body).toEqual({ auth: { jwt_secret: '[secret]' } })
  })

  it('shows a configuration that a program made value by value, and says so', async () => {
    const { body } = await server.call('GET', '/admin/config/values')
    expect(body).toEqual({ file: null, values: [{ key: 'auth.jwt_secret', value: '[secret]', from: 'program' }] })
  })

  describe('health', () => {
    it('is 200 with what is wrong, and /ready says whether work is taken', async () => {
      expect((await server.call('GET', '/health')).body).toMatchObject({
        status: 'ok',
        ready: true,
        reasons: [],
        node: 'test',
        metrics: { dispatched: expect.any(Number) as number },
      })
      expect(await server.call('GET', '/ready')).toMatchObject({ status: 200, body: { status: 'ready' } })
      small.ail('the state store does not answer')
      expect((await server.call('GET', '/health')).body).toMatchObject({
        status: 'degraded',
        ready: false,
        reasons: ['the state store does not answer'],
      })
      const { status, body } = await server.call('GET', '/ready')
      expect([status, body]).toEqual([
        503,
        expect.objectContaining({ code: 'STATE_UNAVAILABLE', reasons: ['the state store does not answer'] }),
      ])
    })
  })
})

it('a connection that has had its share of requests is ended by an answer that says so, refusals too', async () => {
  const small = smallGateway()
  const server = await listen({ gateway: small.gateway })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = (body: string): Promise<[status: number | undefined, connection: string | undefined]> =>
    new Promise((resolve, reject) => {
      const options = { agent, host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/dispatch' }
      httpRequest(options, (answer) =>
        answer.resume().on('end', () => resolve([answer.statusCode, answer.headers.connection])),
      )
        .on('error', reject)
        .end(body)
    })
  const seen = new Map<string, number>()
  for (let i = 0; i < 2_001; i++) {
    const answer = String(await send(i % 3 === 0 ? 'no JSON' : '{}'))
    seen.set(answer, (seen.get(answer) ?? 0) + 1)
  }
  expect(Object.fromEntries(seen)).toEqual({ '400,keep-alive': 1_999, '400,close': 2 })
  agent.destroy()
  await server.close()
})

describe('a server that is stopping', () => {
  it('is not ready at once, takes nothing more, and ends what it has in hand', async () => {
    const small = smallGateway()
    const server = await listen({ gateway: small.gateway })
    const inHand = server.call('POST', '/v1/dispatch', { ...ACTION, id: 'running', payload: { hold: true } })
    while (small.taken.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    server.drain()
    expect(await server.call('GET', '/ready')).toMatchObject({
      status: 503,
      body: { code: 'DRAINING', retryable: true },
    })
    const refused = await server.call('POST', '/v1/dispatch', ACTION)
    expect(refused).toMatchObject({ status: 503, body: { code: 'DRAINING', retryable: true } })
    expect([refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual(['1', 'close'])
    expect(await server.call('GET', '/v1/stream')).toMatchObject({ status: 503, body: { code: 'DRAINING' } })
    expect((await server.call('GET', '/health')).body).toMatchObject({ status: 'degraded', ready: false })
    small.release()
    expect(await inHand).toMatchObject({ status: 200, body: { Executed: { action_id: 'running' } } })
    await server.close()
  })
})

describe('overload', () => {
  it('is refused on arrival, before the body was sent, while health is answered', async () => {
    const small = smallGateway()
    const load = createLoad(systemClock, { actions: 2, waitMs: 1_000, calm: 64 })
    const server = await listen({ gateway: small.gateway, load })
    const hold = (tenant: string) => server.call('POST', '/v1/dispatch', { ...ACTION, tenant, payload: { hold: true } })
    const running = [hold('a'), hold('b')]
    while (small.taken.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const began = performance.now()
    const text = await say(
      server.port,
      'POST /v1/dispatch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n',
    )
    expect(performance.now() - began).toBeLessThan(500)
    expect(text).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1\r\n.*"code":"OVERLOADED"/s)
    expect((await server.call('GET', '/ready')).status).toBe(200)
    small.release()
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200])
    await pause(20)
    expect(load.inHand()).toBe(0)
    // A caller that goes away leaves its action in hand.
    const gone = new AbortController()
    const asked = fetch(`${server.url}/v1/dispatch`, {
      method: 'POST',
      body: JSON.stringify({ ...ACTION, payload: { hold: true } }),
      signal: gone.signal,
    }).catch(() => 'gone')
    while (small.taken.length < 3) await pause(5)
    gone.abort()
    expect(await asked).toBe('gone')
    await pause(20)
    expect(load.inHand()).toBe(1)
    small.release()
    await pause(20)
    expect(load.inHand()).toBe(0)
    small.taken.length = 2
    const again = hold('a')
    while (small.taken.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    // One tenant has half of the room.
    expect(await hold('a')).toMatchObject({
      status: 503,
      body: { code: 'OVERLOADED', error: expect.stringContaining('this tenant') as string },
    })
    small.release()
    await again
    await server.close()
  })
})
