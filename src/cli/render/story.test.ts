import { expect, it } from 'vitest'
import type { AuditRecord } from '../../audit/record.js'
import { emptyTrace } from '../../audit/trace.js'
import { storyText } from './story.js'

const record = (changes: Partial<AuditRecord>): AuditRecord => ({
  id: 'r1',
  kind: 'dispatch',
  action_id: 'a1',
  try: 1,
  namespace: 'monitoring',
  tenant: 'acme',
  provider: 'webhook',
  delivered_by: null,
  action_type: 'alert',
  verdict: 'deduplicate',
  matched_rule: 'dedup-webhook-alerts',
  matched_rules: ['reroute-critical-to-webhook', 'dedup-webhook-alerts'],
  rules_version: 'v',
  outcome: 'deduplicated',
  action_payload: { severity: 'critical' },
  verdict_details: null,
  outcome_details: {},
  metadata: { cluster: 'prod', __dedup_key: 'db' },
  dispatched_at: '2026-01-31T09:30:00.000Z',
  completed_at: '2026-01-31T09:30:00.004Z',
  duration_ms: 4,
  expires_at: null,
  caller_id: 'anonymous',
  auth_method: 'none',
  chain_id: null,
  trace_id: null,
  node: 'n',
  durability: 'durable',
  trace: emptyTrace(),
  ...changes,
})

it('tells what arrived, each rule with the values found, the gates, the outcome and the rule that decided', () => {
  const trace = {
    ...emptyTrace(),
    rules: [
      {
        rule: 'reroute-critical-to-webhook',
        result: 'matched' as const,
        verdict: 'reroute',
        parts: [{ part: 'payload.severity eq "critical"', result: true, found: 'critical' }],
      },
      {
        rule: 'quiet',
        result: 'not_matched' as const,
        parts: [{ part: 'metadata.team exists', result: false, note: 'the label is missing' }],
      },
    ],
    rules_behind: 5,
    rules_omitted: 3,
    gates: [{ rule: 'dedup-webhook-alerts', verdict: 'deduplicate', would: 'refuse' as const, holder: 'a0' }],
    links: { duplicate_of: 'a0' },
  }
  expect(storyText({ action_id: 'a1', status: 'settled', records: [record({ trace })] })).toBe(`Action a1

  alert for webhook, monitoring / acme
  arrived 2026-01-31 09:30:00, took 4 ms, from anonymous
  payload {"severity":"critical"}
  labels  cluster=prod
  Rules
    ✓ reroute-critical-to-webhook: reroute
        true   payload.severity eq "critical"; found "critical"
    · quiet: no
        false  metadata.team exists; the label is missing
    … 5 not looked at
    … 3 more that cannot match this kind of action
  Gates
    ✗ dedup-webhook-alerts: deduplicate refused, held by a0
  Duplicate of a0
  Outcome  Deduplicated: another action holds its key
           decided by rule dedup-webhook-alerts (deduplicate)
`)
})

it('tells each attempt with its answer, each try, and what happened later', () => {
  const attempts = [
    {
      attempt: 1,
      provider: 'webhook',
      at: '2026-01-31T09:30:00.001Z',
      duration_ms: 12.3,
      result: 'retryable' as const,
      status: 503,
      code: 'PROVIDER_ERROR',
      excerpt: 'busy\u001b[2J',
      backoff_ms: 1_500,
    },
    {
      attempt: 2,
      provider: 'webhook',
      at: '2026-01-31T09:30:01.600Z',
      duration_ms: 8,
      result: 'success' as const,
      status: 200,
    },
  ]
  const story = storyText({
    action_id: 'a1',
    status: 'settled',
    records: [
      record({ outcome: 'throttled', outcome_details: { rule: 'slow', retry_after: { secs: 45, nanos: 0 } } }),
      record({
        try: 2,
        outcome: 'grouped',
        outcome_details: { group_key: 'g', group_size: 2, notify_at: '2026-01-31T09:31:00Z' },
        trace: { ...emptyTrace(), attempts },
      }),
    ],
    later: [
      record({ kind: 'flush', action_id: 'flush:g:1', outcome: 'executed', outcome_details: { status: 'success' } }),
    ],
  })
  expect(story).toContain('Try 1\n')
  expect(story).toContain('Outcome  Throttled by rule slow: room again in 45 s')
  expect(story).toContain('Try 2\n')
  expect(story).toContain(
    '    1. webhook 2026-01-31 09:30:00, 12 ms: failed (status 503, PROVIDER_ERROR), waited 1.5 s\n       answer busy·[2J',
  )
  expect(story).toContain('    2. webhook 2026-01-31 09:30:01, 8 ms: success (status 200)')
  expect(story).toContain('Later\n  2026-01-31 09:30:00  group sent: Executed (success) [webhook, flush:g:1]')
  expect(story).not.toContain('\u001b')
})

it('says that an open action has no outcome yet, and what it waits for', () => {
  const story = storyText({
    action_id: 'a1',
    status: 'scheduled',
    records: [],
    entry: { due_at: 1_769_851_800_000, plan: null },
  })
  expect(story).toBe('Action a1, scheduled\n\n  due 2026-01-31 09:30:00\n  It has no outcome yet.\n')
})

it('says who took it where a fallback stood in', () => {
  const rerouted = { outcome: 'rerouted', outcome_details: { original_provider: 'email', new_provider: 'voice' } }
  const text = storyText({
    action_id: 'a1',
    status: 'settled',
    records: [record({ ...rerouted, delivered_by: 'voice' })],
    later: [record({ ...rerouted, kind: 'flush', action_id: 'f1', delivered_by: 'voice' })],
  })
  expect(text).toContain('alert for webhook')
  expect(text).toContain('taken by voice, which stood in for webhook')
  expect(text).toContain('[voice, f1]')
  expect(storyText({ action_id: 'a1', status: 'settled', records: [record({})] })).not.toContain('stood in')
})
