import { describe, expect, it } from 'vitest'
import { discord } from './discord.js'
import { alert, answering, context, machine, thrown } from './services.fixture.js'

const make = (webhook_url: string) => discord.create('chat', { webhook_url }, machine)
const signal = AbortSignal.timeout(60_000)

describe('what Discord is sent', () => {
  it('is the message as an embed that notifies nobody, and its answer is awaited', async () => {
    const peer = await answering(200, { id: '11', channel_id: '22' })
    const response = await make(`${peer.origin}/api/webhooks/1/t?thread_id=5`).deliver(alert(), context())
    expect(response).toMatchObject({ status: 'success', body: { id: '11' } })
    expect(peer.received[0]).toMatchObject({ method: 'POST', url: '/api/webhooks/1/t?thread_id=5&wait=true' })
    const sent = JSON.parse(peer.received[0]!.body) as { embeds: { title: string }[]; allowed_mentions: unknown }
    expect(sent.embeds[0]!.title).toContain('Disk full')
    expect(sent.allowed_mentions).toEqual({ parse: [] })
  })

  it("is the payload's own content and embeds", async () => {
    const peer = await answering(204)
    const payload = { content: 'look', embeds: [{ title: 'mine' }] }
    const response = await make(peer.origin).deliver(alert({ payload }), context())
    expect(response).toMatchObject({ status: 'success', body: null })
    expect(JSON.parse(peer.received[0]!.body)).toMatchObject(payload)
  })
})

describe('what Discord answers', () => {
  it.each([
    [400, { message: 'Invalid Form Body', code: 50035, errors: {} }, 'final'],
    [401, { message: 'Invalid Webhook Token', code: 50027 }, 'configuration'],
    [403, { message: 'Missing Permissions', code: 50013 }, 'configuration'],
    [404, { message: 'Unknown Webhook', code: 10015 }, 'configuration'],
    [500, 'oops', 'retryable'],
    [502, '<html>', 'retryable'],
    [302, '', 'final'],
  ])('%i %j is %s', async (status, body, failure) => {
    const peer = await answering(status, body)
    const error = await thrown(make(`${peer.origin}/api/webhooks/1/hush`).deliver(alert(), context()))
    expect(error).toMatchObject({ failure, status })
    expect((error as Error).message).not.toContain('hush')
    if (typeof body === 'object') expect((error as Error).message).toContain(body.message)
  })

  it('says when to come again, to the millisecond', async () => {
    const limited = { message: 'You are being rate limited.', retry_after: 0.6567, global: false }
    const peer = await answering(429, limited, { 'retry-after': '1' })
    const error = await thrown(make(peer.origin).deliver(alert(), context()))
    expect(error).toMatchObject({ failure: 'retryable', code: 'RATE_LIMITED', retryAfterMs: 657 })
    // Cloudflare in front of it answers without JSON.
    const banned = await answering(429, 'error code: 1015', { 'retry-after': '12' })
    expect(await thrown(make(banned.origin).deliver(alert(), context()))).toMatchObject({ retryAfterMs: 12_000 })
  })

  it('is asked for the webhook by the check, which posts nothing', async () => {
    const peer = await answering(200, { id: '1', name: 'acteon' })
    await make(`${peer.origin}/api/webhooks/1/t`).check!({ signal })
    expect(peer.received).toMatchObject([{ method: 'GET', url: '/api/webhooks/1/t' }])
    const gone = await answering(404, { message: 'Unknown Webhook', code: 10015 })
    expect(await thrown(make(gone.origin).check!({ signal }))).toMatchObject({ failure: 'configuration' })
  })
})

it('refuses an address with credentials in it', () => {
  expect(() => make('https://u:hunter2@discord.com')).toThrow('credentials do not belong')
})
