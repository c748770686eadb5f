import { describe, expect, it } from 'vitest'
import { slack, type SlackConfig } from './slack.js'
import { alert, answering, context, machine, thrown } from './services.fixture.js'

const make = (config: SlackConfig) => slack.create('team', config, machine)
const bot = (origin: string, more: SlackConfig = {}) =>
  make({ token: 'xoxb-secret', default_channel: '#ops', base_url: `${origin}/api/`, ...more })
const accepted = { ok: true, channel: 'C1', ts: '1503435956.000247' }

describe('what Slack is sent', () => {
  it('is the message as blocks, for the default channel, with the token', async () => {
    const peer = await answering(200, accepted)
    const response = await bot(peer.origin).deliver(alert(), context())
    expect(response).toMatchObject({ status: 'success', body: accepted })
    const [{ url, headers, body }] = peer.received as [(typeof peer.received)[0]]
    expect({ url, authorization: headers.authorization }).toEqual({
      url: '/api/chat.postMessage',
      authorization: 'Bearer xoxb-secret',
    })
    const sent = JSON.parse(body) as { channel: string; text: string; blocks: unknown[] }
    expect(sent.channel).toBe('#ops')
    expect(sent.text).toContain('Disk full')
    expect(JSON.stringify(sent.blocks[0])).toContain('Disk full')
  })

  it("is for the payload's channel and thread, with its blocks", async () => {
    const peer = await answering(200, accepted)
    const blocks = [{ type: 'divider' }]
    const payload = { channel: 'C9', thread_ts: '1.2', text: 'hello', blocks }
    await bot(peer.origin).deliver(alert({ payload }), context())
    expect(JSON.parse(peer.received[0]!.body)).toMatchObject({ channel: 'C9', thread_ts: '1.2', blocks })
  })

  it('is the same at each attempt', async () => {
    const peer = await answering(200, accepted)
    const provider = bot(peer.origin)
    for (const attempt of [1, 2]) await provider.deliver(alert(), context({ attempt }))
    expect(peer.received[1]!.body).toBe(peer.received[0]!.body)
  })

  it('goes to a webhook without a channel', async () => {
    const peer = await answering(200, 'ok')
    const provider = make({ webhook_url: `${peer.origin}/services/T/B/x` })
    expect((await provider.deliver(alert({ payload: { text: 'a', channel: 'C9' } }), context())).body).toEqual({
      text: 'ok',
    })
    expect(peer.received[0]).toMatchObject({ method: 'POST', url: '/services/T/B/x' })
    expect(JSON.parse(peer.received[0]!.body)).not.toHaveProperty('channel')
  })

  it('is nothing without a channel, or with a template that is not there', async () => {
    const peer = await answering(200, accepted)
    const homeless = make({ token: 'x', base_url: peer.origin })
    const error = await thrown(homeless.deliver(alert(), context()))
    expect(error).toMatchObject({ failure: 'final', message: expect.stringContaining('default_channel') as string })
    expect(await thrown(bot(peer.origin).deliver(alert({ template: 'nope' }), context()))).toMatchObject({
      failure: 'final',
      code: 'TEMPLATE_NOT_FOUND',
    })
    expect(peer.received).toEqual([])
  })

  it('is made by the renderer that it was given', async () => {
    const peer = await answering(200, 'ok')
    const render = (type: string) => ({ type, content: { text: 'mine' }, templates: ['slack.liquid'], problem: null })
    const provider = slack.create('team', { webhook_url: peer.origin }, { ...machine, render: render as never })
    await provider.deliver(alert(), context())
    expect(JSON.parse(peer.received[0]!.body)).toEqual({ text: 'mine' })
  })
})

describe("Slack's Web API", () => {
  it.each([
    ['invalid_auth', 'configuration', 'PROVIDER_CONFIGURATION'],
    ['token_revoked', 'configuration', 'PROVIDER_CONFIGURATION'],
    ['missing_scope', 'configuration', 'PROVIDER_CONFIGURATION'],
    ['channel_not_found', 'final', 'PROVIDER_REJECTED'],
    ['not_in_channel', 'final', 'PROVIDER_REJECTED'],
    ['msg_too_long', 'final', 'PROVIDER_REJECTED'],
    ['constructor', 'final', 'PROVIDER_REJECTED'],
    ['service_unavailable', 'retryable', 'PROVIDER_ERROR'],
    ['message_limit_exceeded', 'retryable', 'RATE_LIMITED'],
    ['fatal_error', 'ambiguous', 'PROVIDER_ERROR'],
  ])('answering ok: false and %s is %s', async (error, failure, code) => {
    const peer = await answering(200, { ok: false, error })
    const failed = await thrown(bot(peer.origin).deliver(alert(), context()))
    expect(failed).toMatchObject({ failure, code, status: 200 })
    expect((failed as Error).message).toContain(error)
    expect((failed as Error).message).not.toContain('xoxb-secret')
  })

  it('says when to come again', async () => {
    const peer = await answering(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '30' })
    expect(await thrown(bot(peer.origin).deliver(alert(), context()))).toMatchObject({
      failure: 'retryable',
      code: 'RATE_LIMITED',
      retryAfterMs: 30_000,
    })
  })

  it.each([
    [200, '<html>a proxy</html>', 'ambiguous'],
    [503, 'down', 'retryable'],
    [404, 'what', 'final'],
  ])('that answers %i and %j, which is not Slack, is %s', async (status, body, failure) => {
    const peer = await answering(status, body)
    expect(await thrown(bot(peer.origin).deliver(alert(), context()))).toMatchObject({ failure, status })
  })

  it('is asked who we are by the check', async () => {
    const peer = await answering(200, { ok: true, user: 'acteon' })
    await bot(peer.origin).check!({ signal: AbortSignal.timeout(5_000) })
    expect(peer.received.map(({ url }) => url)).toEqual(['/api/auth.test'])
    const other = await answering(200, { ok: false, error: 'invalid_auth' })
    const checked = await thrown(bot(other.origin).check!({ signal: AbortSignal.timeout(5_000) }))
    expect(checked).toMatchObject({ failure: 'configuration' })
  })
})

describe("Slack's webhooks", () => {
  it.each([
    [400, 'invalid_payload', 'final'],
    [403, 'action_prohibited', 'configuration'],
    [404, 'no_service', 'configuration'],
    [410, 'channel_is_archived', 'configuration'],
    [429, 'rate_limited', 'retryable'],
    [500, 'rollup_error', 'retryable'],
  ])('answering %i %s are %s', async (status, text, failure) => {
    const peer = await answering(status, text, { 'retry-after': '1' })
    const error = await thrown(make({ webhook_url: `${peer.origin}/services/hush` }).deliver(alert(), context()))
    expect(error).toMatchObject({ failure, status, excerpt: text })
    expect((error as Error).message).not.toContain('hush')
  })

  it('are checked with a message that has no words', async () => {
    const peer = await answering(400, 'no_text')
    await make({ webhook_url: peer.origin }).check!({ signal: AbortSignal.timeout(5_000) })
    expect(peer.received[0]!.body).toBe('{}')
    const gone = await answering(404, 'no_service')
    expect(
      await thrown(make({ webhook_url: gone.origin }).check!({ signal: AbortSignal.timeout(5_000) })),
    ).toMatchObject({ failure: 'configuration' })
  })
})

it.each([
  [{}, 'webhook_url or token is missing'],
  [{ webhook_url: 'https://a.example', token: 'x' }, 'two ways to Slack'],
  [{ webhook_url: 'https://a.example', default_channel: 'c' }, 'default_channel goes with token'],
  [{ webhook_url: 'https://u:hunter2@a.example' }, 'credentials do not belong'],
])('Slack with %j is refused at start', (config, says) => {
  expect(() => make(config)).toThrow(says)
  expect(() => make(config)).not.toThrow('hunter2')
})
