import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../lib/clock.js'
import type { ActeonError } from '../lib/errors.js'
import { DeliveryError, type Provider } from '../providers/provider.js'
import { memoryState } from '../state/memory/open.js'
import { recordingProvider } from '../testing/providers.js'
import { createGateway } from './create.js'
import type { Gateway } from './gateway.js'

const open: Gateway[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close()
})

async function gatewayOf(providers: Provider[], rules = 'rules: []'): Promise<Gateway> {
  const gateway = await createGateway({
    state: memoryState({ clock: systemClock }),
    rules: { texts: [{ path: 'rules.yaml', text: rules }] },
    providers,
    circuitBreaker: { minimum_calls: 1 },
  })
  open.push(gateway)
  return gateway
}

const action = (provider: string, more: object = {}) => ({
  namespace: 'n',
  tenant: 't',
  provider,
  action_type: 'a',
  ...more,
})

/** A provider whose calls end when the test says so, and that tells when it is closed. */
function held(name: string) {
  const calls: { answer: () => void; fail: () => void }[] = []
  let closed = false
  const provider: Provider = {
    name,
    type: 'held',
    deliver: () =>
      new Promise((resolve, reject) => {
        const retryable = new DeliveryError('not now', {
          failure: 'retryable',
          code: 'PROVIDER_ERROR',
          retryAfterMs: 1,
        })
        calls.push({
          answer: () => resolve({ status: 'success', body: null, headers: {} }),
          fail: () => reject(retryable),
        })
      }),
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
  return { provider, calls, closed: () => closed }
}

async function until(what: string, probe: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (probe()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`waited until ${what}`)
}

it('what is under way ends at the provider where it began, which is closed then; what follows goes to the new one', async () => {
  const old = held('hook')
  const gateway = await gatewayOf([old.provider])
  const first = gateway.dispatch(action('hook'))
  await until('the call has begun', () => old.calls.length === 1)

  const next = recordingProvider('hook')
  gateway.reconfigure({ providers: [next], machines: [] })
  expect(gateway.providers.get('hook')).toBe(next)
  expect((await gateway.dispatch(action('hook'))).type).toBe('Executed')
  expect(next.calls).toHaveLength(1)
  expect(old.closed()).toBe(false)

  old.calls[0]!.answer()
  expect((await first).type).toBe('Executed')
  await until('the old one is closed', old.closed)
  expect(old.calls).toHaveLength(1)
})

it('a retry goes to the new one', async () => {
  const old = held('hook')
  const gateway = await gatewayOf([old.provider])
  const outcome = gateway.dispatch(action('hook'))
  await until('the call has begun', () => old.calls.length === 1)
  const next = recordingProvider('hook')
  gateway.reconfigure({ providers: [next], machines: [], circuitBreaker: { enabled: false } })
  old.calls[0]!.fail()
  expect((await outcome).type).toBe('Executed')
  expect(next.calls).toHaveLength(1)
})

it('what was admitted for a provider that is gone is a dead letter, not lost', async () => {
  const old = held('hook')
  const gateway = await gatewayOf([old.provider])
  const outcome = gateway.dispatch(action('hook', { id: 'orphan', payload: { kept: true } }))
  await until('the call has begun', () => old.calls.length === 1)
  gateway.reconfigure({ providers: [recordingProvider('other')], machines: [] })
  old.calls[0]!.fail()
  expect(await outcome).toMatchObject({ type: 'Failed', code: 'PROVIDER_NOT_FOUND' })
  const { items } = await gateway.state.deadLetters({})
  expect(items.map(({ key, plan }) => [key.id, plan.action.payload])).toEqual([['orphan', { kept: true }]])
  expect(await gateway.dispatch(action('hook'))).toMatchObject({ type: 'Failed', code: 'PROVIDER_NOT_FOUND' })
})

it('all or nothing: what rules or fallbacks name must be there', async () => {
  const email = recordingProvider('email')
  const gateway = await gatewayOf(
    [email, recordingProvider('sms')],
    'rules:\n  - { name: r, condition: { field: action.action_type, eq: urgent }, action: { type: reroute, target_provider: sms } }\n',
  )
  const codeOf = (change: () => void): string | undefined => {
    try {
      change()
    } catch (error) {
      return (error as ActeonError).code
    }
    return undefined
  }
  expect(codeOf(() => gateway.reconfigure({ providers: [recordingProvider('email')], machines: [] }))).toBe(
    'RULES_INVALID',
  )
  const fallback = { providers: { email: { fallback_provider: 'nobody' } } }
  expect(
    codeOf(() =>
      gateway.reconfigure({ providers: [email, recordingProvider('sms')], machines: [], circuitBreaker: fallback }),
    ),
  ).toBe('CONFIG_INVALID')
  const machine = { name: 'm', initial_state: 'no', states: ['a'] }
  expect(codeOf(() => gateway.reconfigure({ providers: [email], machines: [machine] as never }))).toBe('CONFIG_INVALID')
  expect(gateway.providers.get('email')).toBe(email)
  expect((await gateway.dispatch(action('email'))).type).toBe('Executed')
  expect(email.calls).toHaveLength(1)
})

it('a circuit that is open stays open over a reload, and a new provider has its own', async () => {
  const gateway = await gatewayOf([recordingProvider('email')])
  await gateway.breakers.trip('email')
  gateway.reconfigure({ providers: [recordingProvider('email'), recordingProvider('sms')], machines: [] })
  expect(gateway.breakers.list().map(({ provider, state }) => [provider, state])).toEqual([
    ['email', 'open'],
    ['sms', 'closed'],
  ])
  gateway.reconfigure({ providers: [recordingProvider('sms')], machines: [], circuitBreaker: { window_seconds: 5 } })
  expect(gateway.breakers.list().map(({ provider, terms }) => [provider, terms.window_seconds])).toEqual([['sms', 5]])
})

it('what happens to a circuit is on record: by whom, from what and to what', async () => {
  const failing = held('email')
  const gateway = await gatewayOf([failing.provider, recordingProvider('sms')])
  await gateway.breakers.trip('sms', { id: 'ada', method: 'api_key' })
  const outcome = gateway.dispatch(action('email'))
  await until('the call has begun', () => failing.calls.length === 1)
  failing.calls[0]!.fail()
  await until('the circuit is open', () => gateway.breakers.list()[0]!.state === 'open')
  await outcome
  const records = async () => (await gateway.audit!.query({ kind: 'system' })).records
  for (let i = 0; i < 1_000 && (await records()).length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  const told = (await records()).map(({ provider, caller_id, action_type, verdict_details }) => [
    action_type,
    provider,
    caller_id,
    verdict_details,
  ])
  expect(told).toHaveLength(2)
  expect(told).toContainEqual(['circuit_breaker', 'sms', 'ada', { state: 'open', why: 'by_hand' }])
  expect(told).toContainEqual([
    'circuit_breaker',
    'email',
    gateway.node,
    { state: 'open', previous_state: 'closed', why: 'failures' },
  ])
})
