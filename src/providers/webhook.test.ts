import { readFileSync } from 'node:fs'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { httpPeer, type Peer } from './peers.fixture.js'
import { DeliveryError, type DeliveryContext, type Provider } from './provider.js'
import { webhook, type WebhookConfig } from './webhook.js'

const action: Action = {
  id: 'act-1',
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'hook',
  action_type: 'alert',
  payload: { z: 1, a: { 'deep – ü': [1, null, '\u2028'] } },
  metadata: { cluster: 'prod' },
  created_at: '2026-01-01T00:00:00.000Z',
  dedup_key: 'k',
  status: 'firing',
  trace_context: { traceparent: '00-x' },
}
const machine = { clock: systemClock, entropy: systemEntropy, log: () => {} }
const make = (config: Partial<WebhookConfig> & { url: string }): Provider => webhook.create('hook', config, machine)
const context = (given: Partial<DeliveryContext> = {}): DeliveryContext => ({
  signal: AbortSignal.timeout(5_000),
  attempt: 1,
  idempotency_key: action.id,
  trace_headers: {},
  ...given,
})
const accepting = (): Promise<Peer> => httpPeer((_request, response) => response.end('{"ok":true}'))
const answering = (status: number, headers: Record<string, string> = {}, text = ''): Promise<Peer> =>
  httpPeer((_request, response) => response.writeHead(status, headers).end(text))
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OTHER_SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`

describe('what a webhook sends', () => {
  it('is the action itself, with its ids and labels, as JSON', async () => {
    const peer = await accepting()
    await make({ url: `${peer.origin}/in?a=b` }).deliver(action, context())
    const [request] = peer.received
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(request).toMatchObject({
      method: 'POST',
      url: '/in?a=b',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'act-1',
        'webhook-id': 'act-1',
        'accept-encoding': 'identity',
        'user-agent': `acteon/${version}`,
      },
    })
    expect(JSON.parse(request!.body)).toEqual({
      id: 'act-1',
      namespace: 'monitoring',
      tenant: 't1',
      provider: 'hook',
      action_type: 'alert',
      payload: action.payload,
      metadata: { labels: { cluster: 'prod' } },
      created_at: '2026-01-01T00:00:00.000Z',
      dedup_key: 'k',
      status: 'firing',
    })
    expect(request!.headers).not.toHaveProperty('webhook-signature')
  })

  it('carries the event of a notification, and the trace', async () => {
    const peer = await accepting()
    const event = {
      fingerprint: 'f',
      state_machine: 'alert',
      previous_state: null,
      new_state: 'firing',
      occurrence: 1,
      version: 1,
      started_at: '2026-01-01T00:00:00.000Z',
    }
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await make({ url: peer.origin }).deliver(action, context({ event, trace_headers: { traceparent } }))
    expect(JSON.parse(peer.received[0]!.body)).toMatchObject({ event })
    expect(peer.received[0]!.headers).toMatchObject({ traceparent })
  })

  it('is the payload alone when configured so, by the configured method', async () => {
    const peer = await accepting()
    await make({ url: peer.origin, body: 'payload', method: 'PUT' }).deliver(action, context())
    expect(peer.received[0]).toMatchObject({ method: 'PUT', body: JSON.stringify(action.payload) })
  })

  it('is byte for byte the same at each attempt, and freshly signed', async () => {
    const peer = await accepting()
    const provider = make({ url: peer.origin, secret: SECRET })
    await provider.deliver(action, context({ attempt: 1 }))
    // As it comes back from a store.
    await provider.deliver(JSON.parse(JSON.stringify(action)) as Action, context({ attempt: 2 }))
    const [first, second] = peer.received
    expect(second!.body).toBe(first!.body)
    for (const { body, headers } of peer.received) expect(new Webhook(SECRET).verify(body, headers)).toBeTruthy()
  })

  it('verifies under each secret while one is rotated, and under no other', async () => {
    const peer = await accepting()
    await make({ url: peer.origin, secret: [SECRET, OTHER_SECRET] }).deliver(action, context())
    const { body, headers } = peer.received[0]!
    expect(new Webhook(SECRET).verify(body, headers)).toBeTruthy()
    expect(new Webhook(OTHER_SECRET).verify(body, headers)).toBeTruthy()
    expect(() => new Webhook(Buffer.alloc(24, 1).toString('base64')).verify(body, headers)).toThrow()
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow()
  })

  it('encodes an id that a header cannot carry, and signs it as it was sent', async () => {
    const peer = await accepting()
    const provider = make({ url: peer.origin, secret: SECRET })
    await provider.deliver(action, context({ idempotency_key: 'ü 100%' }))
    const { body, headers } = peer.received[0]!
    expect(headers['webhook-id']).toBe('%C3%BC%20100%25')
    expect(headers['idempotency-key']).toBe('%C3%BC%20100%25')
    expect(new Webhook(SECRET).verify(body, headers)).toBeTruthy()
  })

  it.each([
    [{ type: 'bearer', token: 't0' }, 'authorization', 'Bearer t0'],
    [{ type: 'basic', username: 'u', password: 'p:q' }, 'authorization', `Basic ${btoa('u:p:q')}`],
    [{ type: 'header', name: 'X-Api-Key', value: 'v' }, 'x-api-key', 'v'],
  ] as const)('says who we are: %j', async (auth, header, value) => {
    const peer = await accepting()
    await make({ url: peer.origin, auth, headers: { 'X-Team': 'ops' } }).deliver(action, context())
    expect(peer.received[0]!.headers).toMatchObject({ [header]: value, 'x-team': 'ops' })
  })

  it.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b'])('never breaks out of a header: %j', async (value) => {
    const peer = await accepting()
    const error = await thrown(
      make({ url: peer.origin }).deliver(action, context({ trace_headers: { tracestate: value } })),
    )
    expect(error).toMatchObject({ failure: 'final', code: 'INVALID_HEADER' })
    expect((error as Error).message).toContain('tracestate')
    expect(peer.received).toEqual([])
    await make({ url: peer.origin }).deliver(action, context({ idempotency_key: value }))
    expect(peer.received[0]!.headers).not.toHaveProperty('x-evil')
  })
})

describe('what a webhook makes of an answer', () => {
  it.each([
    ['{"ok":true}', { ok: true }],
    ['[1,{"a":2}]', { items: [1, { a: 2 }] }],
    ['ok', { text: 'ok' }],
    ['"ok"', { text: '"ok"' }],
    ['{"broken', { text: '{"broken' }],
    ['', null],
    [`${'['.repeat(5_000)}`, { text: '['.repeat(5_000) }],
  ])('wraps %j', async (text, body) => {
    const peer = await answering(200, { 'x-request-id': 'r' }, text)
    const response = await make({ url: peer.origin }).deliver(action, context())
    expect(response).toMatchObject({ status: 'success', body, headers: { 'x-request-id': 'r' } })
  })

  it('does not unpack a compressed one', async () => {
    const peer = await answering(200, { 'content-encoding': 'gzip' }, 'anything')
    expect((await make({ url: peer.origin }).deliver(action, context())).body).toEqual({ text: '(gzip, not unpacked)' })
  })

  it.each([
    [301, 'final', 'PROVIDER_CONFIGURATION'],
    [302, 'final', 'PROVIDER_CONFIGURATION'],
    [304, 'final', 'PROVIDER_CONFIGURATION'],
    [400, 'final', 'PROVIDER_REJECTED'],
    [401, 'configuration', 'PROVIDER_CONFIGURATION'],
    [403, 'configuration', 'PROVIDER_CONFIGURATION'],
    [404, 'final', 'PROVIDER_REJECTED'],
    [408, 'retryable', 'PROVIDER_ERROR'],
    [409, 'retryable', 'PROVIDER_ERROR'],
    [410, 'final', 'PROVIDER_REJECTED'],
    [422, 'final', 'PROVIDER_REJECTED'],
    [425, 'retryable', 'PROVIDER_ERROR'],
    [429, 'retryable', 'RATE_LIMITED'],
    [500, 'retryable', 'PROVIDER_ERROR'],
    [503, 'retryable', 'PROVIDER_ERROR'],
    [599, 'retryable', 'PROVIDER_ERROR'],
  ])('takes %i for %s', async (status, failure, code) => {
    const peer = await answering(status, { location: 'http://127.0.0.1:1/' }, status === 304 ? '' : 'why')
    const error = await thrown(make({ url: `${peer.origin}/secret-path` }).deliver(action, context()))
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error).toMatchObject({ failure, code, status, ...(status !== 304 && { excerpt: 'why' }) })
    expect((error as Error).message).toContain(`answered ${status}`)
    expect((error as Error).message).not.toContain('secret-path')
  })

  it('reads Retry-After as seconds or as a date, and leaves out what is neither', async () => {
    const retryAfter = async (value: string): Promise<number | undefined> => {
      const peer = await answering(503, { 'retry-after': value })
      return ((await thrown(make({ url: peer.origin }).deliver(action, context()))) as DeliveryError).retryAfterMs
    }
    expect(await retryAfter('7')).toBe(7_000)
    const dated = await retryAfter(new Date(Date.now() + 60_000).toUTCString())
    expect(dated).toBeGreaterThan(55_000)
    expect(dated).toBeLessThanOrEqual(60_000)
    expect(await retryAfter(new Date(Date.now() - 60_000).toUTCString())).toBe(0)
    expect(await retryAfter('soon')).toBeUndefined()
  })

  it('checks without sending anything', async () => {
    const healthy = await answering(405)
    await make({ url: healthy.origin }).check!({ signal: AbortSignal.timeout(5_000) })
    expect(healthy.received).toMatchObject([{ method: 'HEAD', body: '' }])
    const locked = await answering(401)
    const checking = make({ url: locked.origin }).check!({ signal: AbortSignal.timeout(5_000) })
    expect(await thrown(checking)).toMatchObject({ failure: 'configuration' })
  })
})

describe('a webhook that cannot be', () => {
  it.each([
    [{ url: 'https://user:hunter2@example.com/' }, 'credentials do not belong into the address'],
    [{ url: 'https://' }, 'expected an address such as'],
    [{ url: 'https://a.example', secret: 'hunter2' }, 'expected "whsec_" and 24 to 64 random bytes'],
    [{ url: 'https://a.example', auth: { type: 'bearer' as const } }, '"token" is missing'],
    [{ url: 'https://a.example', headers: { 'X-A': 'hunter2\r\nX-B: c' } }, 'the value of "X-A" has a line break'],
    [{ url: 'https://a.example', headers: { 'X A': 'b' } }, '"X A" is no name for a header'],
  ])('is refused at start, without telling secrets: %j', (config, says) => {
    let message = ''
    try {
      make(config)
    } catch (error) {
      message = (error as Error).message
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    }
    expect(message).toContain('Provider "hook"')
    expect(message).toContain(says)
    expect(message).not.toContain('hunter2')
  })
})
