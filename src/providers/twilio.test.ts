import { describe, expect, it } from 'vitest'
import { alert, answering, context, machine, thrown } from './services.fixture.js'
import { twilio, type TwilioConfig } from './twilio.js'

const SID = `AC${'0'.repeat(32)}`
const make = (base_url: string, more: Partial<TwilioConfig> = {}) =>
  twilio.create(
    'sms',
    { account_sid: SID, auth_token: 'hush', from_number: '+15017122661', to: '+15550001111', base_url, ...more },
    machine,
  )
const queued = { sid: 'SM1', status: 'queued', error_code: null, error_message: null }
const signal = AbortSignal.timeout(60_000)

describe('what Twilio is sent', () => {
  it('is a short text in a form, for the default recipient', async () => {
    const peer = await answering(201, queued)
    expect(await make(peer.origin).deliver(alert(), context())).toMatchObject({ status: 'success', body: queued })
    const { method, url, headers, body } = peer.received[0]!
    expect({ method, url }).toEqual({ method: 'POST', url: `/2010-04-01/Accounts/${SID}/Messages.json` })
    expect(headers).toMatchObject({
      authorization: `Basic ${btoa(`${SID}:hush`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      To: '+15550001111',
      From: '+15017122661',
      Body: expect.stringMatching(/^CRITICAL: Disk full/) as string,
    })
  })

  it("is for the payload's recipient, with its media, from a messaging service", async () => {
    const peer = await answering(201, queued)
    const { from_number: _none, ...config } = { account_sid: SID, auth_token: 'hush', from_number: '' }
    const service = `MG${'1'.repeat(32)}`
    const provider = twilio.create('sms', { ...config, messaging_service_sid: service, base_url: peer.origin }, machine)
    const media_url = ['https://a.example/1.png', 'https://a.example/2.png']
    const payload = { to: '+15558675310', body: 'Ahoy & 😀', media_url }
    await provider.deliver(alert({ payload }), context())
    const form = new URLSearchParams(peer.received[0]!.body)
    expect(form.getAll('MediaUrl')).toEqual(media_url)
    expect(form.get('To')).toBe('+15558675310')
    expect(form.get('MessagingServiceSid')).toBe(service)
    expect(form.get('Body')).toContain('Ahoy & 😀')
    expect(form.has('From')).toBe(false)
  })

  it.each([
    [{ to: ['+15558675310', '+15558675311'] }, 'is not one number'],
    [{ to: 'bob' }, 'is not one number'],
    [{ media_url: 'file:///etc/passwd' }, '"media_url" is neither'],
    [{ media_url: Array(11).fill('https://a.example') }, '"media_url" is neither'],
  ])('is nothing for %j', async (payload, says) => {
    const peer = await answering(201, queued)
    const error = await thrown(make(peer.origin).deliver(alert({ payload }), context()))
    expect(error).toMatchObject({ failure: 'final', message: expect.stringContaining(says) as string })
    expect(peer.received).toEqual([])
  })
})

describe('what Twilio answers', () => {
  it.each([
    [400, 21211, 'final', 'PROVIDER_REJECTED'],
    [400, 21610, 'final', 'PROVIDER_REJECTED'],
    [400, 21617, 'final', 'PROVIDER_REJECTED'],
    [400, 21606, 'configuration', 'PROVIDER_CONFIGURATION'],
    [400, 21611, 'retryable', 'RATE_LIMITED'],
    [401, 20003, 'configuration', 'PROVIDER_CONFIGURATION'],
    [404, 20404, 'configuration', 'PROVIDER_CONFIGURATION'],
    [429, 20429, 'retryable', 'RATE_LIMITED'],
    [500, 20500, 'retryable', 'PROVIDER_ERROR'],
    [503, 99999, 'retryable', 'PROVIDER_ERROR'],
  ])('%i with error %i is %s', async (status, code, failure, registered) => {
    const peer = await answering(status, { code, message: 'because', more_info: '', status }, { 'retry-after': '3' })
    const error = await thrown(make(peer.origin).deliver(alert(), context()))
    expect(error).toMatchObject({ failure, status, code: registered })
    if (status === 429) expect(error).toMatchObject({ retryAfterMs: 3_000 })
    expect((error as Error).message).not.toContain('hush')
  })

  it.each([
    [502, '<html>', 'retryable'],
    [403, '', 'configuration'],
    [201, { sid: 'SM1', status: 'failed', error_code: 21610, error_message: 'unsubscribed' }, 'final'],
  ])('%i %j is %s', async (status, body, failure) => {
    const peer = await answering(status, body)
    expect(await thrown(make(peer.origin).deliver(alert(), context()))).toMatchObject({ failure, status })
  })

  it('tells the check whether the account is active, without a message', async () => {
    const peer = await answering(200, { sid: SID, status: 'active' })
    await make(peer.origin).check!({ signal })
    expect(peer.received).toMatchObject([{ method: 'GET', url: `/2010-04-01/Accounts/${SID}.json` }])
    const suspended = await answering(200, { sid: SID, status: 'suspended' })
    expect(await thrown(make(suspended.origin).check!({ signal }))).toMatchObject({ failure: 'configuration' })
    const denied = await answering(401, { code: 20003, message: 'Authenticate', status: 401 })
    expect(await thrown(make(denied.origin).check!({ signal }))).toMatchObject({ failure: 'configuration' })
  })
})

it('needs one sender', () => {
  expect(() => make('https://a.example', { messaging_service_sid: `MG${'1'.repeat(32)}` })).toThrow('and not both')
})
