import { describe, expect, it } from 'vitest'
import { subjectOf } from '../../../src/server/views.js'
import { tellBehind } from './behind.js'
import { storyMarkdown } from './markdown.js'
import type { WireStory } from './shapes.js'
import { tell } from './story.js'

// Times are told in the reader's zone; the stories below are read in this one.
process.env['TZ'] = 'UTC'

type Record_ = WireStory['records'][number]
const AT = '2026-11-24T02:51:07.412Z'
const after = (ms: number): string => new Date(Date.parse(AT) + ms).toISOString()

const record = (outcome: string, details: object, more: Partial<Record_> = {}): Record_ => ({
  id: 'record-1',
  kind: 'dispatch',
  action_id: 'act-1',
  try: 1,
  namespace: 'payments',
  tenant: 'acme',
  provider: 'opsgenie',
  delivered_by:
    outcome === 'executed'
      ? 'opsgenie'
      : outcome === 'rerouted'
        ? (details as { new_provider: string }).new_provider
        : null,
  action_type: 'latency_slo',
  verdict: 'reroute',
  matched_rule: 'page-critical',
  matched_rules: ['page-critical'],
  rules_version: 'a26f66ee2e62ffff',
  outcome,
  action_payload: { service: 'checkout-api', severity: 'critical', p99_ms: 2814 },
  verdict_details: {},
  outcome_details: details,
  metadata: { cluster: 'eu-1', __status: 'firing' },
  dispatched_at: AT,
  completed_at: after(8_503),
  duration_ms: 8_503,
  expires_at: null,
  caller_id: 'alertmanager-eu',
  auth_method: 'api_key',
  chain_id: null,
  trace_id: '4bf92f35aa0e4736',
  node: 'node-1',
  durability: 'synced',
  canonical_hash: null,
  kid: null,
  previous_hash: null,
  record_hash: null,
  sequence_number: null,
  signature: null,
  signer_id: null,
  trace: {
    rules: [
      {
        rule: 'quiet-hours',
        result: 'not_matched',
        parts: [{ part: 'payload.severity eq "info"', result: false, found: 'critical' }],
      },
      {
        rule: 'page-critical',
        result: 'matched',
        verdict: 'reroute',
        parts: [
          { part: 'payload.p99_ms gt 2000', result: true, found: 2814 },
          { part: 'all(payload.severity eq "critical")', result: true, found: 'critical' },
        ],
      },
    ],
    gates: [],
    attempts: [],
    links: {},
  },
  ...more,
})
const story = (first: Record_, more: Partial<WireStory> = {}): WireStory => ({
  action_id: 'act-1',
  namespace: 'payments',
  tenant: 'acme',
  status: 'settled',
  subject: subjectOf(first.action_payload) ?? null,
  entry: null,
  event: null,
  later: [],
  records: [first],
  ...more,
})
const trace = (more: Partial<Record_['trace']>): Record_['trace'] => ({ ...record('executed', {}).trace, ...more })
const attempt = (
  n: number,
  ms: number,
  result: 'success' | 'retryable' | 'final' | 'ambiguous',
  more: object = {},
) => ({ attempt: n, provider: 'opsgenie', at: after(ms), duration_ms: 400, result, ...more })
const failures = [
  attempt(1, 2, 'retryable', { status: 503, backoff_ms: 500 }),
  attempt(2, 900, 'retryable', { code: 'TIMEOUT', backoff_ms: 2_000 }),
  attempt(3, 8_000, 'final', { status: 503, excerpt: 'upstream capacity exceeded' }),
]
const event = {
  fingerprint: 'f1',
  state: 'firing',
  action_type: 'alert',
  updated_at: AT,
  namespace: 'payments',
  tenant: 'acme',
  state_machine: 'alert',
  active: true,
  labels: {},
  provider: 'opsgenie',
  severity: null,
  occurrence: 1,
  version: 1,
  opened_at: AT,
  last_seen_at: after(60_000),
  count: 14,
  notified_count: 3,
  changed_by: 'rule',
  next_timeout: { at: after(3_600_000), to: 'stale' },
  last_action_id: 'act-1',
  history: [],
}

const openEntry = (status: 'running' | 'queued' | 'parked' | 'scheduled', due_at: string | null) => ({
  ...{ action: null, attempts: [], dispatched_at: AT, due_at, lane: null, origin: null, plan: null },
  ...{ settled_at: null, status, takeovers: 0, try: 1 },
})
const HELLO = { action: { action_type: 'hello', provider: 'email', payload: { title: 'Hi' } } }

const FIXTURES: Record<string, WireStory> = {
  executed: story(
    record(
      'executed',
      { status: 'success' },
      { trace: trace({ attempts: [attempt(1, 2, 'success', { status: 200 })] }) },
    ),
  ),
  'executed at the third try': story(
    record(
      'executed',
      {},
      { trace: trace({ attempts: [...failures.slice(0, 2), attempt(3, 8_000, 'success', { status: 200 })] }) },
    ),
  ),
  'executed without a rule': story(
    record(
      'executed',
      {},
      { matched_rule: null, trace: trace({ rules: [], rules_omitted: 3, attempts: [attempt(1, 2, 'success')] }) },
    ),
  ),
  'rerouted by a rule': story(
    record(
      'rerouted',
      { original_provider: 'email', new_provider: 'opsgenie' },
      { trace: trace({ attempts: [attempt(1, 2, 'success')] }) },
    ),
  ),
  'rerouted to the fallback': story(
    record(
      'rerouted',
      { original_provider: 'opsgenie', new_provider: 'slack-oncall' },
      {
        trace: trace({
          attempts: [...failures, { ...attempt(1, 8_300, 'success', { status: 200 }), provider: 'slack-oncall' }],
          fallbacks: ['slack-oncall'],
        }),
      },
    ),
  ),
  'rerouted to the fallback of an open circuit, after a rule': story(
    record(
      'rerouted',
      { original_provider: 'slack-oncall', new_provider: 'slack-oncall' },
      {
        trace: trace({
          attempts: [{ ...attempt(1, 2, 'success', { status: 200 }), provider: 'slack-oncall' }],
          fallbacks: ['slack-oncall'],
        }),
      },
    ),
  ),
  suppressed: story(record('suppressed', { rule: 'quiet-hours', reason: 'Nobody is woken for it' })),
  deduplicated: story(
    record(
      'deduplicated',
      {},
      {
        trace: trace({
          gates: [{ rule: 'dedup', verdict: 'deduplicate', would: 'refuse', holder: 'act-0' }],
          links: { duplicate_of: 'act-0' },
        }),
      },
    ),
  ),
  throttled: story(
    record(
      'throttled',
      { rule: 'at-most-30', retry_after: { secs: 45, nanos: 0 } },
      {
        trace: trace({
          gates: [
            { rule: 'dedup', verdict: 'deduplicate', would: 'pass' },
            { rule: 'at-most-30', verdict: 'throttle', would: 'refuse', used: 30, limit: 30, retry_after_ms: 45_000 },
          ],
        }),
      },
    ),
  ),
  silenced: story(record('silenced', { silence_id: 's-1', matched_rule: null })),
  muted: story(record('muted', { interval: 'nights', reason: 'Outside of office hours' })),
  quota_exceeded: story(record('quota_exceeded', { tenant: 'acme', limit: 100, used: 101 })),
  grouped: story(record('grouped', { group_id: 'g', group_key: 'eu-1', group_size: 3, notify_at: after(30_000) })),
  'grouped and sent': story(record('grouped', { group_id: 'g', group_size: 3, notify_at: after(30_000) }), {
    later: [
      record(
        'executed',
        {},
        { id: 'r2', kind: 'flush', action_id: 'flush-1', completed_at: after(30_200), caller_id: '' },
      ),
    ],
  }),
  'grouped and not taken': story(record('grouped', { group_id: 'g', group_size: 3, notify_at: after(30_000) }), {
    later: [
      record(
        'failed',
        { code: 'PROVIDER_ERROR', message: 'Not taken.', attempts: 3 },
        { id: 'r2', kind: 'flush', action_id: 'flush-1', dispatched_at: after(30_000), completed_at: after(30_200) },
      ),
    ],
  }),
  'scheduled, not due yet': story(record('scheduled', { action_id: 'act-1', scheduled_for: after(600_000) }), {
    status: 'scheduled',
    entry: openEntry('scheduled', after(600_000)),
  }),
  'scheduled and sent': story(record('scheduled', { action_id: 'act-1', scheduled_for: after(600_000) }), {
    later: [
      record('executed', {}, { id: 'r2', kind: 'schedule', action_id: 'due:act-1', completed_at: after(600_200) }),
    ],
  }),
  'scheduled and called off': story(record('scheduled', { action_id: 'act-1', scheduled_for: after(600_000) }), {
    records: [
      record('scheduled', { action_id: 'act-1', scheduled_for: after(600_000) }),
      record('failed', { code: 'CANCELLED', message: 'Called off by ada.' }, { id: 'r2', kind: 'schedule' }),
    ],
  }),
  scheduled: story(record('scheduled', { action_id: 'act-1', scheduled_for: after(600_000) })),
  pending_approval: story(record('pending_approval', { approval_id: 'a', expires_at: after(600_000) })),
  chain_started: story(record('chain_started', { chain_name: 'onboarding', total_steps: 3, first_step: 'mail' })),
  recurring_created: story(record('recurring_created', { cron_expr: '0 9 * * 1', next_execution_at: after(600_000) })),
  'state_changed with notice': story(
    record('state_changed', { fingerprint: 'f1', previous_state: null, new_state: 'firing', notify: true }),
    { event },
  ),
  'state_changed with notice that went out': story(
    record('state_changed', { fingerprint: 'f1', previous_state: null, new_state: 'firing', notify: true }),
    {
      event: { ...event, next_timeout: null },
      later: [record('executed', {}, { id: 'r2', kind: 'notification', action_id: 'notify:f1:1', caller_id: '' })],
    },
  ),
  'state_changed without notice': story(
    record('state_changed', { fingerprint: 'f1', previous_state: 'firing', new_state: 'firing', notify: false }),
    { event },
  ),
  circuit_open: story(record('circuit_open', { provider: 'opsgenie', fallback_chain: [] })),
  'failed, dead letter': story(
    record(
      'failed',
      { code: 'PROVIDER_ERROR', message: 'Provider "opsgenie" did not take this in 3 attempts.', attempts: 3 },
      {
        trace: trace({ attempts: failures, links: { dead_letter: 'dl-1', duplicates: { count: 2, last: ['act-9'] } } }),
      },
    ),
  ),
  'failed, tried again': story(
    record('failed', { code: 'PROVIDER_ERROR', message: 'Not taken.', retrying: true, next_attempt_at: after(60_000) }),
    { status: 'parked', entry: openEntry('parked', after(60_000)) },
  ),
  'failed, outcome unknown': story(
    record('failed', { code: 'OUTCOME_UNKNOWN', message: 'The connection broke after the request was sent.' }),
  ),
  'failed, expired': story(record('failed', { code: 'EXPIRED', message: 'It is past its usefulness.' })),
  'failed, cancelled': story(record('failed', { code: 'CANCELLED', message: 'Called off by ada.' })),
  'failed, rule error': story(record('failed', { code: 'RULE_ERROR', message: 'Rule r exceeded its limit.' })),
  replayed: story(
    record(
      'executed',
      {},
      { try: 2, trace: trace({ links: { replayed_from: 'act-0' }, attempts: [attempt(1, 2, 'success')] }) },
    ),
  ),
  running: story(record('executed', {}), {
    records: [],
    subject: 'Hi',
    status: 'running',
    entry: { ...openEntry('running', null), ...HELLO, attempts: [attempt(1, 2, 'retryable')] },
  }),
  queued: story(record('executed', {}), {
    ...{ records: [], subject: 'Hi', status: 'queued' },
    entry: { ...openEntry('queued', null), ...HELLO },
  }),
  parked: story(record('executed', {}), {
    ...{ records: [], subject: 'Hi', status: 'parked' },
    entry: {
      ...openEntry('parked', after(60_000)),
      ...HELLO,
      attempts: [attempt(1, 2, 'retryable', { backoff_ms: 60_000 })],
    },
  }),
}

const BEHIND: Record<string, Parameters<typeof tellBehind>[0]> = {
  'under the same rules': {
    ...{ behind: 'page-critical', rules_version: 'aaaabbbbccccdddd', rules_version_now: 'aaaabbbbccccdddd', at: AT },
    rules: [
      {
        ...{ rule: 'quiet', result: 'matched', verdict: 'suppress' },
        parts: [{ part: 'payload.n gt 1', result: true, found: 3 }],
      },
      {
        ...{ rule: 'late', result: 'not_matched', verdict: 'reroute' },
        parts: [{ part: 'payload.n gt 9', result: false, found: 3 }],
      },
      { rule: 'secret', result: 'unknown', verdict: 'allow', note: 'payload.token is masked' },
      { rule: 'loops', result: 'error', verdict: 'allow', note: 'a list is too long' },
    ],
    not_shown: 0,
  },
  'under others, asking for events, some of which do not concern the reader': {
    ...{ behind: 'page-critical', rules_version: 'aaaabbbbccccdddd', rules_version_now: 'eeeeffff00001111', at: AT },
    rules: [{ rule: 'down', result: 'matched', verdict: 'suppress', asks_state: true }],
    not_shown: 2,
  },
  'when the deciding rule is gone': {
    ...{ behind: null, rules_version: 'aaaabbbbccccdddd', rules_version_now: 'eeeeffff00001111', at: AT },
    rules: [{ rule: 'calm', result: 'not_matched', verdict: 'suppress' }],
    not_shown: 0,
  },
  'when none is left': {
    ...{ behind: 'page-critical', rules_version: 'aaaabbbbccccdddd', rules_version_now: 'eeeeffff00001111', at: AT },
    ...{ rules: [], not_shown: 0 },
  },
}

describe('the story', () => {
  it.each(Object.entries(BEHIND))('of the rules behind the deciding one, %s', (name, answer) => {
    expect(tellBehind(answer)).toMatchSnapshot(name)
  })

  it('says how many rules were not looked at, where they are copied too', () => {
    const told = tell(story(record('suppressed', { rule: 'quiet' }, { trace: trace({ rules_behind: 5 }) })))
    expect(told.steps[1]).toMatchObject({ title: 'Rules decided', behind: 5 })
    expect(storyMarkdown(told, 'http://acteon/')).toContain('\n  - 5 not looked at\n')
    expect(tell(FIXTURES['suppressed']!).steps[1]).not.toHaveProperty('behind')
  })

  it.each(Object.entries(FIXTURES))('of an action that is %s', (name, wire) => {
    const told = tell(wire)
    expect({
      title: told.title,
      answers: told.answers.map(({ glyph, strong, text }) => `${glyph}: ${strong} ${text}`),
      steps: told.steps.map(({ glyph, title, text, note }) =>
        [glyph, title, text, note].filter((part) => part !== undefined && part !== '').join(' | '),
      ),
    }).toMatchSnapshot(name)
    expect(told.steps.map(({ atMs }) => Number.isNaN(atMs))).not.toContain(true)
  })

  it('that is not over ends with an open clock, and is not over as long as it can be called off', () => {
    const open = ['scheduled, not due yet', 'failed, tried again', 'running', 'queued', 'parked']
    for (const name of [...open, 'grouped', 'state_changed with notice', 'state_changed with notice that went out']) {
      const told = tell(FIXTURES[name]!)
      expect([name, told.steps.at(-1)?.glyph, told.open]).toEqual([name, 'waiting', open.includes(name)])
    }
    for (const name of ['grouped and sent', 'scheduled and sent', 'scheduled and called off'])
      expect(tell(FIXTURES[name]!).steps.some(({ glyph }) => glyph === 'waiting')).toBe(false)
  })

  it('leads to what the one got that took it, and to what was for the one that did not', () => {
    for (const name of ['rerouted to the fallback', 'rerouted to the fallback of an open circuit, after a rule']) {
      const { facts } = tell(FIXTURES[name]!)
      expect(facts.find(({ label }) => label === 'Got')).toMatchObject({ term: 'provider:slack-oncall' })
      expect(facts.find(({ label }) => label === 'Wanted')).toMatchObject({ term: 'wanted:opsgenie' })
    }
  })

  it('has of a payload that was left out how long it is, and what the rules found in it', () => {
    const record_ = record('suppressed', { rule: 'quiet' }, { action_payload: null })
    const told = tell(story(record_, { left_out: [{ record: record_.id, bytes: 217_088 }] }))
    expect(told).toMatchObject({ leftOut: 217_088, shortened: true })
    expect(told.found).toEqual([
      { path: 'payload.severity', found: 'critical' },
      { path: 'payload.p99_ms', found: 2814 },
    ])
    const other = tell(story(record_, { left_out: [{ record: 'another', bytes: 217_088 }] }))
    expect(other).toMatchObject({ leftOut: null, shortened: true })
    expect(tell(FIXTURES['suppressed']!)).toMatchObject({ leftOut: null, shortened: false })
    const open = { ...FIXTURES['running']!, left_out: [{ record: null, bytes: 70_000 }] }
    expect(tell(open)).toMatchObject({ leftOut: 70_000 })
  })

  it('marks the members of the payload that the deciding rule read, and no other', () => {
    expect(tell(FIXTURES['suppressed']!).read.sort()).toEqual(['p99_ms', 'severity'])
  })

  it('gives the same facts to those who copy it', () => {
    const text = storyMarkdown(tell(FIXTURES['failed, dead letter']!), 'http://acteon/actions?open=act-1')
    expect(text).toContain('### Nobody got latency_slo (checkout-api)')
    expect(text).toContain('**matched** `page-critical`; `payload.p99_ms gt 2000` found `2814`')
    expect(text).toContain('upstream capacity exceeded')
  })
})
