import { describe, expect, it } from 'vitest'
import type { Figures } from '../../api/traffic.ts'
import { hourOf, queueOf, rateOf } from './hour.ts'
import type { Health } from './providers.ts'

const window = { from: '2026-01-01T09:15:00.000Z', to: '2026-01-01T10:15:00.000Z' }
const results = { delivered: 46, 'held back': 0, waiting: 0, broken: 5 }
const answer = (more: object): Figures => ({ ...window, bucket_minutes: 1, buckets: [], ...more }) as unknown as Figures
const share = (more: object): object => ({ name: 'sms', count: 51, results, p50_ms: 200, p95_ms: null, ...more })

describe('the last hour of a provider', () => {
  it('says how much it took, how long that took at the most, and what is usual', () => {
    const usual = { count: 48, results: { ...results, delivered: 48, broken: 0 } }
    expect(hourOf('sms', answer({ providers: [share({})] }), answer({ providers: [share({ usual })] }))).toEqual({
      ...window,
      delivered: 46,
      broken: 5,
      took: 'p50 ≤ 200 ms, p95 > 30 s',
      usually: 'usually 100 % of 48',
    })
  })

  it('is compared with nothing where there is not enough history, and may be empty', () => {
    expect(hourOf('sms', answer({ providers: [share({ usual: null })] }), undefined).usually).toBeUndefined()
    expect(hourOf('mail', answer({ providers: [share({})] }), undefined)).toEqual({
      ...window,
      ...{ delivered: 0, broken: 0, took: undefined, usually: undefined },
    })
  })
})

describe('the load of a provider', () => {
  const health = (more: Partial<Health>): Health =>
    ({ rate_limit: null, waiting: 0, running: 0, max_queue: 1_000, ...more }) as Health

  it('is its rate against its limit, where it has one', () => {
    const buckets = [{ at: '2026-01-01T10:13:00.000Z', results: { ...results, delivered: 181 } }]
    expect(rateOf(health({}), answer({ buckets }))).toBeUndefined()
    expect(rateOf(health({ rate_limit: 10 }), answer({ buckets }))).toBe(
      'at most 10 calls a second, 3.1 in the last minute',
    )
    expect(rateOf(health({ rate_limit: 0.5 }), answer({}))).toBe('at most a call in 2 s')
  })

  it('is what waits, where something does', () => {
    expect(queueOf(health({ running: 3 }))).toBeUndefined()
    expect(queueOf(health({ waiting: 12, running: 3 }))).toBe('12 wait and 3 are in a call on this node')
    expect(queueOf(health({ waiting: 600, running: 1 }))).toBe(
      '600 wait of at most 1,000 and 1 is in a call on this node',
    )
  })
})
