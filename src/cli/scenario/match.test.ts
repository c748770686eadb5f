import { describe, expect, it } from 'vitest'
import { mismatches, type Happened } from './match.js'

const happened: Happened = {
  decision: {
    outcome: 'rerouted',
    details: { original_provider: 'email', new_provider: 'sms', response: { status: 'success' } },
    verdict: 'reroute',
    matched_rule: 'urgent',
    matched_rules: ['urgent', 'slow'],
    provider: 'sms',
    gates: [{ rule: 'slow', would: 'pass' }],
  },
  sent: [{ provider: 'sms', action_type: 'notify', payload: { to: '+1', tags: ['a', 'b'], more: { x: 1, y: 2 } } }],
}

describe('an expectation that holds', () => {
  it.each([
    [{}],
    [{ outcome: 'rerouted' }],
    [{ outcome: 'Rerouted' }],
    [{ verdict: 'reroute', matched_rule: 'urgent', provider: 'sms', matched_rules: ['urgent', 'slow'] }],
    [{ details: { new_provider: 'sms', response: { status: 'success' } } }],
    [{ payload: { more: { y: 2 }, tags: ['a', 'b'] } }],
    [{ gates: { slow: 'pass' as const } }],
    [{ sent: [{ provider: 'sms', payload: { to: '+1' } }] }],
    [{ calls: { sms: 1, email: 0 } }],
  ])('%j', (expectation) => {
    expect(mismatches(expectation, happened)).toEqual([])
  })
})

describe('an expectation that does not hold says what was expected and what was found', () => {
  it.each([
    [{ outcome: 'executed' }, 'outcome', 'executed', 'rerouted'],
    [{ outcome: 'Exceuted' }, 'outcome', 'a known outcome, such as executed', 'Exceuted'],
    [{ matched_rule: null }, 'matched_rule', 'null', 'urgent'],
    [{ matched_rules: ['slow', 'urgent'] }, 'matched_rules', '["slow","urgent"]', '["urgent","slow"]'],
    [{ details: { rule: 'x' } }, 'details.rule', 'x', 'nothing'],
    [{ payload: { tags: ['a'] } }, 'payload', '{"tags":["a"]}', '{"to":"+1","tags":["a","b"],"more":{"x":1,"y":2}}'],
    [{ payload: { to: 1 } }, 'payload', '{"to":1}', '{"to":"+1","tags":["a","b"],"more":{"x":1,"y":2}}'],
    [{ gates: { slow: 'refuse' as const } }, 'gates.slow', 'refuse', 'pass'],
    [{ gates: { other: 'pass' as const } }, 'gates.other', 'pass', 'no such gate'],
    [{ sent: [] }, 'sent', '0 calls', '1: ["sms notify"]'],
    [{ calls: { email: 1 } }, 'calls.email', '1', '0'],
  ])('%j', (expectation, path, expected, found) => {
    expect(mismatches(expectation, happened).map((one) => ({ ...one, path: one.path.join('.') }))).toEqual([
      { path, expected, found },
    ])
  })

  it('a payload where nothing was sent', () => {
    expect(mismatches({ payload: {} }, { sent: [] })).toEqual([
      { path: ['payload'], expected: '{}', found: 'nothing was sent' },
    ])
  })
})
