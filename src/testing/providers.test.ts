import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { DeliveryError } from '../providers/provider.js'
import { virtualClock } from './clock.js'
import { failing, recordingProvider, type RecordingProvider } from './providers.js'
import { seededEntropy } from './random.js'

const action: Action = {
  id: '1',
  namespace: 'n',
  tenant: 't',
  provider: 'email',
  action_type: 'send',
  payload: {},
  metadata: {},
  created_at: '2026-01-01T00:00:00.000Z',
}
const context = { attempt: 1, idempotency_key: '1', trace_headers: {} }
const call = (provider: RecordingProvider, signal = new AbortController().signal): Promise<string> =>
  provider.deliver(action, { ...context, signal }).then(
    ({ status }) => status,
    (error: unknown) => (error as DeliveryError).code,
  )
const results = async (provider: RecordingProvider, count: number): Promise<string[]> => {
  const found: string[] = []
  for (let i = 0; i < count; i++) found.push(await call(provider))
  return found
}

describe('a recording provider', () => {
  it('records what it got, when, and what it answered', async () => {
    const clock = virtualClock(1_000)
    const email = recordingProvider('email', { delayMs: 50, respond: () => ({ body: { id: 7 } }) })
    email.bind({ clock, entropy: seededEntropy(1) })
    const calling = call(email)
    expect(email.calls[0]).toMatchObject({ at: 1_000, answer: null, action })
    await clock.advance(50)
    expect(await calling).toBe('success')
    expect(email.calls[0]!.answer).toEqual({ status: 'success', body: { id: 7 }, headers: {} })
    email.reset()
    expect(email.calls).toHaveLength(0)
  })

  it('answers by its script, then succeeds', async () => {
    const email = recordingProvider('email', { script: ['rate_limited', { body: null }, 'connection'] })
    expect(await results(email, 4)).toEqual(['RATE_LIMITED', 'success', 'CONNECTION_FAILED', 'success'])
  })

  it('is ended while it takes its time', async () => {
    const clock = virtualClock(0)
    const email = recordingProvider('email', { delayMs: 1_000 })
    email.bind({ clock, entropy: seededEntropy(1) })
    const end = new AbortController()
    const calling = call(email, end.signal)
    end.abort(new Error('over'))
    expect(await calling).toBe('TIMEOUT')
  })
})

describe('a failing provider', () => {
  it('fails the first, every nth, or always', async () => {
    const ok = 'success'
    const bad = 'PROVIDER_ERROR'
    expect(await results(failing.firstN(2), 3)).toEqual([bad, bad, ok])
    expect(await results(failing.everyNth(3), 6)).toEqual([ok, ok, bad, ok, ok, bad])
    expect(await results(failing.always('configuration'), 2)).toEqual(Array(2).fill('PROVIDER_CONFIGURATION'))
  })

  it('fails by chance in a way that its seed repeats', async () => {
    const run = async (seed: number): Promise<string[]> => {
      const provider = failing.probability(0.5).named('sms')
      provider.bind({ clock: virtualClock(0), entropy: seededEntropy(seed) })
      return results(provider, 40)
    }
    const first = await run(1)
    expect(await run(1)).toEqual(first)
    expect(await run(2)).not.toEqual(first)
    expect(new Set(first).size).toBe(2)
  })

  it('hangs until it is ended when it shall time out', async () => {
    const end = new AbortController()
    const calling = call(failing.always('timeout'), end.signal)
    expect(await Promise.race([calling, new Promise((resolve) => setImmediate(resolve, 'hangs'))])).toBe('hangs')
    end.abort()
    expect(await calling).toBe('TIMEOUT')
  })

  it('keeps what it recorded to itself under each name', async () => {
    const kind = failing.firstN(1)
    const [a, b] = [kind.named('a'), kind.named('b')]
    await call(a)
    expect([a.name, a.calls.length, b.name, b.calls.length]).toEqual(['a', 1, 'b', 0])
  })
})
