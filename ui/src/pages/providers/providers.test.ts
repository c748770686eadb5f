import { describe, expect, it } from 'vitest'
import { circuitSentence, inOrder, sentenceOf, titleOf, type Circuit, type Health } from './providers.ts'

const health = (provider: string, more: Partial<Health> = {}): Health =>
  ({ provider, healthy: true, total_requests: 1, circuit_breaker_state: 'closed', ...more }) as Health

describe('providers', () => {
  it('stand with those first that need somebody', () => {
    const list = [
      health('quiet', { total_requests: 0 }),
      health('up'),
      health('failing', { healthy: false }),
      health('open', { circuit_breaker_state: 'open' }),
      health('half', { circuit_breaker_state: 'half_open' }),
    ]
    expect(inOrder(list).map(({ provider }) => provider)).toEqual(['open', 'failing', 'half', 'up', 'quiet'])
  })

  it('are summed up in a sentence', () => {
    expect(sentenceOf([health('a'), health('b')])).toBe('Both providers can deliver.')
    expect(sentenceOf([health('a', { healthy: false }), health('b')])).toBe(
      'a is not taking deliveries; the other one can.',
    )
  })

  it('have a title that says whether they can deliver', () => {
    expect(titleOf(health('a', { circuit_breaker_state: 'open' }))).toBe('a is given nothing: its circuit is open')
    expect(titleOf(health('a', { total_requests: 0 }))).toBe('a has not been called yet')
  })
})

describe('a circuit', () => {
  const circuit = (more: Partial<Circuit>): Circuit =>
    ({
      state: 'open',
      since: '2026-01-01T00:00:00Z',
      changed_by: 'anna',
      reason: 'failures',
      fallback_chain: [],
      ...more,
    }) as Circuit
  const now = Date.parse('2026-01-01T00:05:00Z')

  it('says since when it is open, why, and when it is tried again', () => {
    expect(circuitSentence(circuit({ until: '2026-01-01T00:06:00Z' }), now)).toBe(
      'Open for 5 min, because too many calls failed; next try in 1 min. Nothing stands in for it.',
    )
    expect(circuitSentence(circuit({ reason: 'by_hand', fallback_chain: ['slack'] }), now)).toBe(
      'Open for 5 min, by anna; until it is closed by hand. slack stands in for it.',
    )
  })

  it('says nothing while it is closed', () => {
    expect(circuitSentence(circuit({ state: 'closed' }), now)).toBeUndefined()
  })
})
