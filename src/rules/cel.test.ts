import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { LookupAnswer } from '../state/store.js'
import { matches, planned, problemsOf, ruleWhen } from './rules.fixture.js'

const quoted = (text: string): string => JSON.stringify(text)
const holds = (text: string, action: Partial<Action> = {}, state?: () => LookupAnswer): Promise<boolean> =>
  matches(ruleWhen(quoted(text)), action, state === undefined ? {} : { state })
const traced = async (text: string, action: Partial<Action> = {}) =>
  (await planned(ruleWhen(quoted(text)), action)).plan.trace.rules[0]

describe('an expression over action, time and now', () => {
  const action: Partial<Action> = {
    payload: {
      n: 5,
      ratio: 0.5,
      big: 9_007_199_254_740_991,
      tags: ['a', 'b'],
      nested: { on: true },
      text: 'Disk full',
      nothing: null,
    },
    metadata: { cluster: 'prod', 'app.name': 'api' },
    status: 'firing',
  }
  it.each([
    ['action.tenant == "t"', true],
    ['action.payload.n == 5', true],
    ['action.payload.n == 5.0', true],
    ['action.payload.n > 4 && action.payload.n < 6', true],
    ['action.payload.n + 1 == 6', true],
    ['action.payload.n * 2.0 == 10.0', true],
    ['action.payload.n / 2 == 2.5', true],
    ['action.payload.ratio < 1', true],
    ['action.payload.big == 9007199254740991', true],
    ['action.payload.n == "5"', false],
    ['"a" in action.payload.tags', true],
    ['size(action.payload.tags) == 2', true],
    ['action.payload.tags.exists(t, t == "b")', true],
    ['action.payload.tags.all(t, t == "b")', false],
    ['action.payload.nested.on', true],
    ['has(action.payload.nested.off)', false],
    ['has(action.status) && action.status in ["firing", "stale"]', true],
    ['action.payload.text.startsWith("Disk")', true],
    ['action.payload.text.matches("^D.*l$")', true],
    ['(action.payload.text).matches("full$") && action.metadata["cluster"].matches("^p")', true],
    ['"matches(x)" != action.payload.text && action.payload.text . matches("x")', false],
    ['action.metadata["app.name"] == "api"', true],
    ['action.metadata.cluster == "prod"', true],
    ['action.payload.nothing == null', true],
    ['time.hour == 10 && time.weekday_num == 3 && time.year == 2026', true],
    ['now - timestamp("2026-07-15T10:00:00Z") > duration("30m")', true],
    ['timestamp(action.created_at) < now', true],
    ['true', true],
    ['action.payload.n > 3 ? action.tenant == "t" : false', true],
  ])('%s: %s', async (text, expected) => {
    expect(await holds(text, action)).toBe(expected)
  })
})

describe('a missing field or a type that does not fit means that it does not match, and is noted', () => {
  it.each([
    ['action.payload.nothing == 1', /nothing/],
    ['!(action.payload.nothing == 1)', /nothing/],
    ['action.fingerprint == "x"', /fingerprint/],
    ['action.payload.text > 1', /overload|dyn|string/],
    ['action.payload.n.startsWith("x")', /overload|startsWith/],
    ['action.payload.text.matches(action.payload.text)', /not a pattern of RE2/],
    ['action.payload.n', /neither true nor false/],
    ['time.hours > 1', /hours/],
  ])('%s', async (text, note) => {
    const trace = await traced(text, { payload: { n: 5, text: '(' } })
    expect(trace).toMatchObject({
      result: 'not_matched',
      parts: [{ part: text, result: false, note: expect.stringMatching(note) as string }],
    })
  })

  it('but what decides without it does', async () => {
    expect(await holds('action.tenant == "t" || action.payload.nothing == 1')).toBe(true)
    expect(await holds('action.payload.nothing == 1 || action.tenant == "t"')).toBe(true)
    expect(await holds('action.tenant == "x" && action.payload.nothing == 1')).toBe(false)
  })

  it('only what is the action’s own is there', async () => {
    for (const text of [
      'action.payload.constructor != null',
      'has(action.payload.__proto__)',
      'action.payload.toString == "x"',
    ])
      expect(await holds(text)).toBe(false)
  })
})

describe('an exceeded limit is a rule error', () => {
  it.each([
    ['a text too long for a pattern', 'action.payload.s.matches("x")', { s: 'x'.repeat(65_537) }],
    [
      'a list too long for loops in loops',
      'action.payload.l.all(a, action.payload.l.all(b, a == b))',
      { l: Array(400).fill(1) },
    ],
  ])('%s', async (_, text, payload) => {
    const { plan } = await planned(ruleWhen(quoted(text)), { payload })
    expect(plan.ending).toMatchObject({ kind: 'answer', outcome: { type: 'Failed', code: 'RULE_ERROR' } })
    const skipped = await planned(ruleWhen(quoted(text)), { payload }, { onRuleError: 'skip' })
    expect(skipped.plan.ending).toBe(null)
    expect(skipped.plan.trace.rules).toMatchObject([{ rule: 'r', result: 'error' }])
  })

  it('an expression that is too large does not load', () => {
    expect(() => ruleWhen(quoted(Array(1_500).fill('true').join('&&')))).toThrow(/r\.yaml:3:\d+/)
    expect(() => ruleWhen(quoted(`${'('.repeat(200)}true${')'.repeat(200)}`))).toThrow(/r\.yaml:3:\d+/)
  })
})

it('matches() takes time linear in the text, with patterns from anywhere', async () => {
  const began = performance.now()
  const text = `${'a'.repeat(30_000)}!`
  expect(await holds('action.payload.s.matches("^(a+)+$")', { payload: { s: text } })).toBe(false)
  expect(await holds('action.payload.s.matches(action.payload.p)', { payload: { s: text, p: '^(a|a)*b' } })).toBe(false)
  expect(performance.now() - began).toBeLessThan(2_000)
})

describe('functions of conditions', () => {
  it.each<[string, LookupAnswer, boolean]>([
    ['has_active_event("down")', true, true],
    ['has_active_event("down")', false, false],
    ['!has_active_event("down")', false, true],
    ['has_active_event("down", action.metadata.cluster)', true, true],
    ['has_active_event("down", "cluster", action.metadata.cluster) && action.tenant == "t"', true, true],
    ['get_event_state("f") == "firing"', 'firing', true],
    ['get_event_state("f") == "firing"', 'stale', false],
    ['get_event_state("f") == null', null, true],
    ['get_event_state("f") in ["firing", "stale"]', 'stale', true],
    ['event_in_state("f", "firing")', 'firing', true],
    ['event_in_state("f", "firing")', null, false],
    ['action.tenant == "x" || has_active_event("down")', true, true],
  ])('%s, where state says %j: %s', async (text, answer, expected) => {
    expect(await holds(text, { metadata: { cluster: 'c' } }, () => answer)).toBe(expected)
  })

  it('state is asked once, together with what other rules ask', async () => {
    const condition = quoted('has_active_event("a") && get_event_state("f") == "firing" && has_active_event("a", "v")')
    const { plan, rounds } = await planned(
      ruleWhen(condition),
      {},
      { state: ({ kind }) => (kind === 'active_event' ? true : 'firing') },
    )
    expect(plan.matched_rules).toEqual(['r'])
    expect(rounds.length).toBeLessThanOrEqual(3)
    expect(rounds.flat()).toHaveLength(3)
  })

  it('in the two-argument form a value is looked up under any label', async () => {
    const { rounds } = await planned(ruleWhen(quoted('has_active_event("down", action.metadata.cluster)')), {
      metadata: { cluster: 'c' },
    })
    expect(rounds.flat()).toEqual([
      { kind: 'active_event', namespace: 'ns', tenant: 't', action_type: 'down', value: 'c' },
    ])
  })

  it('the page’s way to say it: an integer argument is a text to state', async () => {
    const { rounds } = await planned(ruleWhen(quoted('has_active_event("down", "rack", 5)')))
    expect(rounds.flat()).toEqual([expect.objectContaining({ label: 'rack', value: '5' })])
  })
})

it('what the checker cannot decide is refused when it is loaded, in a sentence', () => {
  const problems = problemsOf(
    'rules:\n- name: r\n  condition: "((1.5 + {}[action]) + action)"\n  action: {type: suppress}\n',
  )
  expect(problems).toEqual([expect.stringContaining('the expression cannot be checked')])
})
