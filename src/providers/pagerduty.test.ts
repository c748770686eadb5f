import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { compile } from '../lib/validate.js'
import { pagerduty, PagerDutyConfig } from './pagerduty.js'
import type { DeliveryContext } from './provider.js'
import { alert, answering, changedTo, context, machine, thrown } from './services.fixture.js'

const KEY = 'a'.repeat(32)
const make = (base_url: string, more: Partial<PagerDutyConfig> = {}) =>
  pagerduty.create('oncall', { routing_key: KEY, base_url, ...more }, machine)
const processed = { status: 'success', message: 'Event processed', dedup_key: 'k' }

async function sent(
  action: Partial<Action>,
  given: Partial<DeliveryContext> = {},
  more: Partial<PagerDutyConfig> = {},
): Promise<Record<string, unknown>> {
  const peer = await answering(202, processed)
  const response = await make(peer.origin, more).deliver(alert(action), context(given))
  expect(response).toMatchObject({ status: 'success', body: processed })
  expect(peer.received[0]).toMatchObject({ method: 'POST', url: '/v2/enqueue' })
  return JSON.parse(peer.received[0]!.body) as Record<string, unknown>
}

describe('what PagerDuty is sent', () => {
  it('is a trigger with summary, severity and source', async () => {
    expect(await sent({})).toMatchObject({
      routing_key: KEY,
      event_action: 'trigger',
      dedup_key: 'act-1',
      payload: { summary: 'Disk full', severity: 'critical', source: 'prod' },
    })
  })

  it.each([
    ['firing', 'trigger'],
    ['reopened', 'trigger'],
    ['acknowledged', 'acknowledge'],
    ['investigating', 'acknowledge'],
    ['resolved', 'resolve'],
    ['closed', 'resolve'],
  ])('in the state %s is %s, for the incident of the fingerprint', async (state, event_action) => {
    const payload = { title: 'x', event_action: 'trigger' }
    expect(await sent({ payload }, { event: changedTo(state) })).toMatchObject({ event_action, dedup_key: 'f1' })
    expect(await sent({ status: state, fingerprint: 'f2' })).toMatchObject({ event_action, dedup_key: 'f2' })
  })

  it('follows the states that are configured', async () => {
    const more = { resolve_states: ['done'], acknowledge_states: ['seen'] }
    expect(await sent({}, { event: changedTo('done') }, more)).toMatchObject({ event_action: 'resolve' })
    expect(await sent({}, { event: changedTo('seen') }, more)).toMatchObject({ event_action: 'acknowledge' })
    expect(await sent({}, { event: changedTo('resolved') }, more)).toMatchObject({ event_action: 'trigger' })
  })

  it('is what the payload says where there is no event', async () => {
    const payload = { event_action: 'resolve', dedup_key: 'mine', source: 'db1' }
    expect(await sent({ payload, dedup_key: 'other' })).toMatchObject({
      event_action: 'resolve',
      dedup_key: 'mine',
      payload: { source: 'db1' },
    })
    const long = [await sent({ dedup_key: 'a'.repeat(300) }), await sent({ dedup_key: `${'a'.repeat(299)}b` })]
    expect(String(long[0]!.dedup_key)).toHaveLength(64)
    expect(long[0]!.dedup_key).not.toBe(long[1]!.dedup_key)
  })

  it('has the key of its service', async () => {
    const keys = { routing_key: { api: 'b'.repeat(32), '*': 'c'.repeat(32) } }
    expect(await sent({ metadata: { service: 'api' } }, {}, keys)).toMatchObject({ routing_key: 'b'.repeat(32) })
    expect(await sent({ metadata: { service: 'web' } }, {}, keys)).toMatchObject({ routing_key: 'c'.repeat(32) })
    expect(await sent({ metadata: { service: 'toString' } }, {}, keys)).toMatchObject({ routing_key: 'c'.repeat(32) })
  })

  it.each([
    [{ payload: { event_action: 'explode' } }, {}, 'expected trigger, acknowledge or resolve'],
    [{ metadata: { service: 'web' } }, { routing_key: { api: KEY } }, 'no key for the service "web"'],
    [{ metadata: {} }, { routing_key: { api: KEY } }, 'neither payload nor labels'],
  ])('is nothing for %j with %j', async (action, more, says) => {
    const peer = await answering(202, processed)
    const error = await thrown(make(peer.origin, more).deliver(alert(action as Partial<Action>), context()))
    expect(error).toMatchObject({ failure: 'final', message: expect.stringContaining(says) as string })
    expect(peer.received).toEqual([])
  })
})

describe('what PagerDuty answers', () => {
  const invalid = (...errors: string[]) => ({ status: 'invalid event', message: 'Event object is invalid', errors })
  it.each([
    [400, invalid("'payload.summary' is missing or blank"), 'final', 'PROVIDER_REJECTED'],
    [400, invalid("Length of 'routing_key' is incorrect (should be 32 characters)"), 'configuration', undefined],
    [400, 'what', 'final', 'PROVIDER_REJECTED'],
    [403, '', 'configuration', 'PROVIDER_CONFIGURATION'],
    [429, { status: 'throttle exceeded' }, 'retryable', 'RATE_LIMITED'],
    [500, '', 'retryable', 'PROVIDER_ERROR'],
    [503, '', 'retryable', 'PROVIDER_ERROR'],
  ])('%i %j is %s', async (status, body, failure, code) => {
    const peer = await answering(status, body)
    const error = await thrown(make(peer.origin).deliver(alert(), context()))
    expect(error).toMatchObject({ failure, status, ...(code !== undefined && { code }) })
    expect((error as Error).message).not.toContain(KEY)
  })

  it('tells the check that it is there, without an event', async () => {
    const peer = await answering(405)
    await make(peer.origin).check!({ signal: AbortSignal.timeout(5_000) })
    expect(peer.received).toMatchObject([{ method: 'HEAD', body: '' }])
  })
})

it('refuses a key that is none', () => {
  expect(compile(PagerDutyConfig)({ routing_key: 'short' }).ok).toBe(false)
  expect(compile(PagerDutyConfig)({ routing_key: { api: KEY } }).ok).toBe(true)
})
