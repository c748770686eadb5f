import { describe, expect, it } from 'vitest'
import { withName } from '../../lib/action-names.ts'
import { copyOf, idIn, previewOf, sendTitle } from './draft.ts'

const dryRun = (change: object = {}) => ({
  DryRun: {
    verdict: 'allow',
    matched_rule: null,
    would_be_provider: 'email',
    matched_rules: [],
    payload: { a: 1 },
    gates: [],
    ...change,
  },
})

describe('an action written by hand', () => {
  it('is named on the button by whom it goes to, not by whom it asks for', () => {
    const rerouted = previewOf(
      dryRun({ verdict: 'reroute', matched_rule: 'night', would_be_provider: 'pager' }),
      'email',
    )
    expect(sendTitle(rerouted, 'email')).toBe('Send to pager')
    expect(sendTitle(null, 'email')).toBe('Send to email')
    expect(sendTitle(previewOf(dryRun({ verdict: 'suppress', matched_rule: 'quiet' }), 'email'), 'email')).toBe(
      'Hand it in',
    )
  })

  it('is foreseen as held back when a gate would refuse it now', () => {
    const gates = [{ rule: 'limit', would: 'refuse' as const }]
    expect(previewOf(dryRun({ verdict: 'throttle', matched_rule: 'limit', gates }), 'email')?.foreseen.tone).toBe(
      'held',
    )
  })

  it('keeps what the form does not show', () => {
    expect(JSON.parse(withName({ provider: 'a', dedup_key: 'k' }, 'provider', 'b'))).toEqual({
      provider: 'b',
      dedup_key: 'k',
    })
  })

  it('has its id in whatever answer', () => {
    expect(idIn(dryRun({ action_id: 'a-1' }))).toBe('a-1')
    expect(idIn('Deduplicated')).toBeUndefined()
    expect(previewOf('Deduplicated', 'email')).toBeNull()
  })
})

it('a past action is copied without its id and times, and as it was asked for before a rule rerouted it', () => {
  const record = {
    tenant: 'acme',
    namespace: 'payments',
    provider: 'opsgenie',
    action_type: 'latency_slo',
    verdict_details: { original_provider: 'slack' },
    action_payload: { p99_ms: 2_000 },
    metadata: { cluster: 'eu-1', __status: 'firing' },
  } as unknown as Parameters<typeof copyOf>[0]['records'][number]
  expect(copyOf({ entry: null, records: [record] })).toEqual({
    tenant: 'acme',
    namespace: 'payments',
    provider: 'slack',
    action_type: 'latency_slo',
    payload: { p99_ms: 2_000 },
    metadata: { cluster: 'eu-1' },
  })
  const action = {
    id: 'a',
    created_at: 'then',
    tenant: 't',
    namespace: 'n',
    provider: 'p',
    action_type: 'x',
    payload: 1,
  }
  expect(copyOf({ entry: { action }, records: [record] })).toEqual({
    tenant: 't',
    namespace: 'n',
    provider: 'p',
    action_type: 'x',
    payload: 1,
  })
})
