import { describe, expect, it } from 'vitest'
import { compile } from '../lib/validate.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { virtualClock } from '../testing/clock.js'
import { evaluateRules, EvaluateAnswer } from './evaluate.js'
import { environmentOf, NOW, rulesOf } from './rules.fixture.js'

const rules = rulesOf([
  {
    path: 'rules/a.yaml',
    text: `rules:
- name: tag
  priority: 1
  description: Adds a level
  condition: {field: payload.n, gt: 5}
  action: {type: modify, changes: {level: high}}
- name: off
  priority: 2
  enabled: false
  action: {type: reroute, target_provider: sms}
- name: once
  priority: 3
  action: {type: deduplicate, ttl_seconds: 60}
- name: down
  priority: 4
  condition: {call: has_active_event, args: [cluster_down, action.metadata.cluster]}
  action: {type: suppress, reason: the cluster is down}
- name: late
  priority: 5
  condition: {field: time.hour, gte: 22}
  timezone: Asia/Tokyo
  action: {type: throttle, max_count: 5, window_seconds: 60}
- name: open
  priority: 6
  condition: {field: action_type, eq: cluster_down}
  action: {type: state_machine, state_machine: alert, fingerprint_fields: [metadata.cluster]}
`,
  },
])

const base = { namespace: 'ns', tenant: 't', provider: 'email', action_type: 'pod', payload: { n: 9 } }

async function evaluate(
  request: Record<string, unknown>,
  state: (lookup: Lookup) => LookupAnswer = () => false,
  asked: Lookup[] = [],
): Promise<EvaluateAnswer> {
  const clock = virtualClock(NOW)
  return evaluateRules(
    { ...base, ...request },
    {
      rules,
      environment: environmentOf(),
      askState: async (lookups) => {
        asked.push(...lookups)
        return lookups.map(state)
      },
      clock,
      newId: () => 'id',
    },
  )
}
const resultsOf = ({ trace }: EvaluateAnswer): Record<string, string> =>
  Object.fromEntries(trace.map(({ rule_name, result }) => [rule_name, result]))

it('tells of every rule, why it matched or not with the value found, and of the plan', async () => {
  const answer = await evaluate({})
  expect(compile(EvaluateAnswer)(answer)).toMatchObject({ ok: true })
  expect(answer).toMatchObject({
    ...{ verdict: 'deduplicate', matched_rule: 'once', matched_rules: ['tag', 'once'], has_errors: false },
    ...{ total_rules_evaluated: 5, total_rules_skipped: 1, rules_version: rules.version },
    modified_payload: { n: 9, level: 'high' },
    plan: { provider: 'email', gates: [{ rule: 'once', describes: 'one per key for 60 s' }], ending: null },
  })
  expect(answer.trace[0]).toMatchObject({
    ...{ rule_name: 'tag', priority: 1, enabled: true, result: 'matched', action: 'modify', source: 'rules/a.yaml:2' },
    ...{ description: 'Adds a level', condition_display: 'payload.n gt 5', parts: [{ found: 9, result: true }] },
    ...{ modify_patch: { level: 'high' }, modified_payload_preview: { n: 9, level: 'high' } },
  })
  expect(answer.trace[1]).toMatchObject({
    rule_name: 'off',
    enabled: false,
    result: 'skipped',
    skip_reason: 'it is disabled',
  })
  expect(answer.trace[4]).toMatchObject({ rule_name: 'late', result: 'not_matched', parts: [{ found: 19 }] })
})

it('reads state, and says what it asked', async () => {
  const asked: Lookup[] = []
  const answer = await evaluate({ metadata: { cluster: 'prod' } }, () => true, asked)
  expect(asked).toHaveLength(1)
  expect(answer.context.accessed_state_keys).toEqual(['event:cluster_down:cluster=prod'])
  expect(answer).toMatchObject({
    ...{ verdict: 'suppress', matched_rule: 'down' },
    plan: { ending: 'answer', outcome: { type: 'Suppressed', reason: 'the cluster is down' } },
  })
  expect(resultsOf(answer)).toMatchObject({ late: 'skipped', open: 'skipped' })
  expect(answer.trace[4]?.skip_reason).toBe('rule "down" has closed the plan')
})

it('takes what it is told instead of state', async () => {
  const asked: Lookup[] = []
  const mock_state = { 'event:cluster_down:cluster=prod': 'true' }
  const answer = await evaluate({ metadata: { cluster: 'prod' }, mock_state }, () => false, asked)
  expect(asked).toEqual([])
  expect(answer.matched_rule).toBe('down')
})

describe('on request', () => {
  it('disabled rules are looked at, and still shown as disabled', async () => {
    const answer = await evaluate({ include_disabled: true })
    expect(answer).toMatchObject({ matched_rules: ['tag', 'off', 'once'], plan: { provider: 'sms' } })
    expect(answer.trace[1]).toMatchObject({ rule_name: 'off', enabled: false, result: 'matched' })
  })

  it('rules after the end are tried, and change nothing', async () => {
    const answer = await evaluate({ evaluate_all: true, evaluate_at: '2026-07-15T14:00:00Z' }, () => true)
    expect(resultsOf(answer)).toMatchObject({ down: 'not_matched' })
    const closed = await evaluate(
      { evaluate_all: true, evaluate_at: '2026-07-15T14:00:00Z', metadata: { cluster: 'prod' } },
      () => true,
    )
    expect(resultsOf(closed)).toMatchObject({ down: 'matched', late: 'matched', open: 'not_matched' })
    expect(closed.trace[4]?.note).toMatch(/"down" had closed the plan/)
    expect(closed).toMatchObject({ matched_rules: ['tag', 'once', 'down'], plan: { gates: [{ rule: 'once' }] } })
  })

  it('it is another moment', async () => {
    const answer = await evaluate({ evaluate_at: '2026-12-31T15:30:00Z' })
    expect(answer.context.time).toMatchObject({ hour: 15, day: 31, month: 12, weekday: 'Thursday' })
    expect(answer.trace[4]).toMatchObject({ result: 'not_matched', parts: [{ found: 0 }] })
  })
})

it('a request that is none is refused, with the place', async () => {
  await expect(evaluate({ namespace: 5 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  await expect(evaluate({ evaluate_at: 'noon' })).rejects.toThrow(/evaluate_at/)
  await expect(evaluate({ mock_state: { a: 1 } })).rejects.toThrow(/mock_state/)
})
