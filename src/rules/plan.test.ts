import { describe, expect, it } from 'vitest'
import type { Lookup } from '../state/store.js'
import { planned, rulesOf } from './rules.fixture.js'

const yaml = (...rules: string[]) => rulesOf(`rules:\n${rules.map((rule) => `- ${rule}\n`).join('')}`)
const active = (types: string[]) => ({
  state: (lookup: Lookup) => lookup.kind === 'active_event' && types.includes(lookup.action_type),
})

describe('the order of rules', () => {
  it('is by priority, lower first, then as written, over files in the order of their names', async () => {
    const rule = (name: string, priority?: number): string =>
      `rules: [{name: ${name}, ${priority === undefined ? '' : `priority: ${priority}, `}action: {type: modify, changes: {}}}]`
    const rules = rulesOf([
      { path: 'a.yaml', text: rule('a', 5) },
      { path: 'b.yaml', text: rule('b') },
      { path: 'c.yaml', text: rule('c', -1) },
      { path: 'd.yaml', text: rule('d', 5) },
    ])
    expect((await planned(rules)).plan.matched_rules).toEqual(['c', 'b', 'a', 'd'])
  })

  it('ends with an ending, and with a final rule of any kind', async () => {
    const rules = yaml(
      '{name: tag, action: {type: modify, changes: {a: 1}}, condition: {field: payload.stop, exists: false}, final: true}',
      '{name: end, action: {type: allow}}',
      '{name: after, action: {type: suppress}}',
    )
    expect((await planned(rules)).plan).toMatchObject({ matched_rules: ['tag'], verdict: 'modify', ending: null })
    expect((await planned(rules, { payload: { stop: 1 } })).plan).toMatchObject({
      matched_rules: ['end'],
      verdict: 'allow',
      matched_rule: 'end',
      ending: null,
    })
  })
})

describe('what decides when no gate refuses', () => {
  const modify = '{name: m, action: {type: modify, changes: {a: 1}}}'
  const dedup = '{name: d, action: {type: deduplicate, ttl_seconds: 5}}'
  const throttle = '{name: t, action: {type: throttle, max_count: 1, window_seconds: 5}}'
  const reroute = '{name: r, action: {type: reroute, target_provider: sms}}'
  const again = '{name: r2, action: {type: reroute, target_provider: slack}}'
  it.each([
    [[], 'allow', null],
    [[modify], 'modify', 'm'],
    [[modify, dedup, throttle], 'throttle', 't'],
    [[throttle, dedup, modify], 'deduplicate', 'd'],
    [[reroute, throttle], 'reroute', 'r'],
    [[reroute, throttle, again], 'reroute', 'r2'],
    [[reroute, throttle, '{name: s, action: {type: deny}}'], 'suppress', 's'],
  ])('%j: %s by %s', async (rules, verdict, matched_rule) => {
    expect((await planned(rules.length === 0 ? rulesOf('') : yaml(...rules))).plan).toMatchObject({
      verdict,
      matched_rule,
    })
  })
})

describe('later rules see what earlier ones changed', () => {
  it('the payload, and the provider', async () => {
    const rules = yaml(
      '{name: one, action: {type: modify, changes: {level: 3, gone: null}}}',
      '{name: two, condition: {field: payload.level, gte: 3}, action: {type: reroute, target_provider: sms}}',
      '{name: three, condition: {all: [{field: provider, eq: sms}, {field: payload.gone, exists: false}]}, action: {type: deduplicate, ttl_seconds: 5, key: [provider]}}',
    )
    const { plan } = await planned(rules, { payload: { level: 1, gone: true } })
    expect(plan.matched_rules).toEqual(['one', 'two', 'three'])
    expect(plan.action).toMatchObject({ provider: 'sms', payload: { level: 3 } })
  })

  it('and the action that was sent is not changed', async () => {
    const payload = { a: { b: 1 } }
    const rules = yaml('{name: one, action: {type: modify, changes: {a: {b: 2}}}}')
    const { plan } = await planned(rules, { payload })
    expect(plan.action.payload).toEqual({ a: { b: 2 } })
    expect(payload).toEqual({ a: { b: 1 } })
  })
})

describe('state is asked once', () => {
  const asks = (name: string, type: string, action: string): string =>
    `{name: ${name}, condition: {call: has_active_event, args: [${type}]}, action: ${action}}`

  it('for all rules together, each thing once, in CEL and in calls', async () => {
    const rules = yaml(
      asks('a', 'one', '{type: modify, changes: {}}'),
      '{name: b, condition: \'has_active_event("two") || has_active_event("one")\', action: {type: modify, changes: {}}}',
      '{name: c, condition: {any: [{call: event_in_state, args: [f, s]}, {call: has_active_event, args: [one]}]}, action: {type: suppress}}',
    )
    const { plan, rounds } = await planned(rules, {}, active(['one']))
    expect(rounds).toHaveLength(1)
    expect(
      rounds[0]!.map((lookup) => (lookup.kind === 'active_event' ? lookup.action_type : lookup.fingerprint)),
    ).toEqual(['one', 'two', 'f'])
    expect(plan.matched_rules).toEqual(['a', 'b', 'c'])
  })

  it('not for what another part has decided, nor for rules behind an ending', async () => {
    const rules = yaml(
      '{name: a, condition: {all: [{field: payload.x, eq: 1}, {call: has_active_event, args: [one]}]}, action: {type: suppress}}',
      '{name: end, action: {type: allow}}',
      asks('after', 'two', '{type: suppress}'),
    )
    expect((await planned(rules)).rounds).toEqual([])
  })

  it('with what transforms make of it, as far as that is certain', async () => {
    const rules = yaml(
      asks('a', 'one', '{type: reroute, target_provider: sms}'),
      '{name: m, action: {type: modify, changes: {type: two}}}',
      asks('b', 'payload.type', '{type: suppress}'),
    )
    const { plan, rounds } = await planned(rules, {}, active(['two']))
    expect(rounds).toHaveLength(1)
    expect(plan.matched_rules).toEqual(['m', 'b'])
  })

  it('and again when its answer changes what is asked', async () => {
    const rules = yaml(
      asks('a', 'one', '{type: modify, changes: {type: two}}'),
      asks('b', 'payload.type', '{type: suppress}'),
    )
    const { plan, rounds } = await planned(rules, { payload: { type: 'none' } }, active(['one', 'two']))
    expect(rounds).toHaveLength(2)
    expect(plan.matched_rules).toEqual(['a', 'b'])
  })

  it('rules that would ask for ever are a rule error', async () => {
    const rules = yaml(
      ...Array.from({ length: 40 }, (_, i) => asks(`r${i}`, 'payload.type', `{type: modify, changes: {type: t${i}}}`)),
    )
    const { plan } = await planned(rules, { payload: { type: 't' } }, { state: () => true })
    expect(plan.ending).toMatchObject({ kind: 'answer', outcome: { type: 'Failed', code: 'RULE_ERROR' } })
  })
})

describe('gates', () => {
  it('with equal keys are one: the longest time, the more careful way to fail', async () => {
    const rules = yaml(
      '{name: a, on_state_error: allow, action: {type: deduplicate, ttl_seconds: 5, key: [payload.x]}}',
      '{name: b, action: {type: deduplicate, ttl_seconds: 60, on_failure: keep, key: [action.payload.x]}}',
      '{name: c, on_state_error: allow, action: {type: deduplicate, ttl_seconds: 7, key: [payload.y]}}',
    )
    const { plan } = await planned(rules, { payload: { x: 1 } })
    expect(plan.gates).toEqual([
      {
        ...{
          kind: 'reservation',
          rule: 'a',
          verdict: 'deduplicate',
          key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
        ttl_ms: 60_000,
        on_failure: 'keep',
      },
      expect.objectContaining({ rule: 'c', ttl_ms: 7_000, on_failure: 'release', on_state_error: 'allow' }),
    ])
  })

  it('that were passed when it was scheduled are not asked again, and its rule is not looked at', async () => {
    const rules = yaml(
      '{name: d, action: {type: deduplicate, ttl_seconds: 5}}',
      '{name: t, action: {type: throttle, max_count: 1, window_seconds: 5}}',
      '{name: s, action: {type: schedule, delay_seconds: 5}}',
      '{name: end, action: {type: allow}}',
    )
    expect((await planned(rules)).plan.ending).toEqual({ kind: 'schedule', rule: 's', delay_ms: 5_000, at_ms: null })
    const { plan } = await planned(rules, {}, { without: new Set(['s']), passed: new Set(['d']) })
    expect(plan.gates.map(({ rule }) => rule)).toEqual(['t'])
    expect(plan.matched_rules).toEqual(['d', 't', 'end'])
    expect(plan.trace.rules[2]).toEqual({ rule: 's', result: 'skipped', note: 'it scheduled this action' })
  })
})

describe('a provider that does not exist', () => {
  it('is an outcome, whatever gates there are, with what was meant', async () => {
    const rules = yaml('{name: t, action: {type: throttle, max_count: 1, window_seconds: 5}}')
    const providerProblem = () => ({ message: 'no such provider', suggestion: 'email' })
    expect((await planned(rules, { provider: 'emial' }, { providerProblem })).plan.ending).toEqual({
      kind: 'answer',
      outcome: {
        ...{ type: 'Failed', code: 'PROVIDER_NOT_FOUND', message: 'no such provider', suggestion: 'email' },
        ...{ retryable: false, attempts: 0 },
      },
    })
  })

  it('does not matter for what is suppressed, or rerouted to one that does', async () => {
    const suppressed = yaml('{name: s, action: {type: suppress}}')
    expect((await planned(suppressed, { provider: 'none' })).plan.ending).toMatchObject({
      outcome: { type: 'Suppressed' },
    })
    const rerouted = yaml('{name: r, action: {type: reroute, target_provider: sms}}')
    expect((await planned(rerouted, { provider: 'none' })).plan.ending).toBeNull()
  })
})

describe('a rule that cannot be evaluated', () => {
  const rules = yaml(
    '{name: long, condition: {field: payload.text, regex: x}, action: {type: suppress}}',
    '{name: next, action: {type: reroute, target_provider: sms}}',
  )
  const payload = { text: 'a'.repeat(65_537) }

  it('fails the action, and says which rule and why', async () => {
    const { plan } = await planned(rules, { payload })
    expect(plan.ending).toMatchObject({
      outcome: { type: 'Failed', code: 'RULE_ERROR', retryable: false, attempts: 0 },
    })
    expect(plan.ending).toMatchObject({ outcome: { message: expect.stringContaining('"long"') as string } })
    expect(plan).toMatchObject({ matched_rule: 'long', matched_rules: [] })
    expect(plan.trace.rules).toMatchObject([{ rule: 'long', result: 'error' }])
  })

  it('is passed over when the configuration says so', async () => {
    const { plan } = await planned(rules, { payload }, { onRuleError: 'skip' })
    expect(plan).toMatchObject({ ending: null, matched_rules: ['next'] })
    expect(plan.trace.rules).toMatchObject([
      { rule: 'long', result: 'error' },
      { rule: 'next', result: 'matched' },
    ])
  })

  it('such as one whose registered function throws, or answers with a promise', async () => {
    const calling = (fn: () => unknown) =>
      rulesOf(
        'rules: [{name: r, condition: {call: check}, action: {type: suppress}}, {name: c, condition: "check()", action: {type: suppress}}]',
        {
          functions: { check: fn },
        },
      )
    const thrown = await planned(calling(() => { throw new Error('no network') })) // prettier-ignore
    expect(thrown.plan.ending).toMatchObject({ outcome: { message: expect.stringContaining('no network') as string } })
    const promised = await planned(
      calling(() => Promise.resolve(true)),
      {},
      { onRuleError: 'skip' },
    )
    expect(promised.plan.trace.rules.map(({ result }) => result)).toEqual(['error', 'error'])
  })
})

describe('the trace', () => {
  const rules = yaml(
    '{name: a, condition: {all: [{field: action_type, eq: notify}, {field: payload.n, gt: 5}, {field: tenant, eq: t}]}, action: {type: suppress}}',
    '{name: b, condition: {not: {field: payload.missing, exists: true}}, action: {type: modify, changes: {n: 9}}}',
    '{name: c, enabled: false, action: {type: suppress}}',
  )

  it('tells of each rule: the first part that failed, or every part that was looked at', async () => {
    const { plan } = await planned(rules, { payload: { n: 3 } })
    expect(plan.trace.rules).toEqual([
      { rule: 'a', result: 'not_matched', parts: [{ part: 'payload.n gt 5', result: false, found: 3 }] },
      {
        ...{ rule: 'b', result: 'matched', verdict: 'modify' },
        parts: [{ part: 'payload.missing exists true', result: false }],
      },
    ])
  })

  it('in full tells of every part, and of rules that are disabled or come too late', async () => {
    const { plan } = await planned(rules, { payload: { n: 6 } }, { full: true })
    expect(plan.trace.rules).toMatchObject([
      { rule: 'a', result: 'matched', parts: [{ found: 'notify' }, { found: 6 }, { found: 't' }] },
      { rule: 'b', result: 'skipped', note: 'rule "a" has closed the plan' },
      { rule: 'c', result: 'skipped', note: 'it is disabled' },
    ])
  })

  it('of many rules tells only of those that could match, counts the others, and stays small', async () => {
    const many = yaml(
      ...Array.from(
        { length: 500 },
        (_, i) =>
          `{name: r${i}, condition: {field: action_type, eq: type${i % 100}}, action: {type: modify, changes: {}}}`,
      ),
      ...Array.from(
        { length: 100 },
        (_, i) =>
          `{name: p${i}, condition: {field: payload.x, eq: ${'y'.repeat(300)}}, action: {type: modify, changes: {}}}`,
      ),
    )
    const { plan } = await planned(many, { action_type: 'type7', payload: { x: 'z'.repeat(1_000) } })
    expect(plan.matched_rules).toEqual(['r7', 'r107', 'r207', 'r307', 'r407'])
    expect(plan.trace.rules).toHaveLength(5 + 30)
    expect(plan.trace.rules_omitted).toBe(600 - 35)
    expect(JSON.stringify(plan.trace).length).toBeLessThan(20_000)
  })
})

describe('rules behind the one that closed the plan', () => {
  const end = '{name: end, condition: {field: payload.end, eq: true}, action: {type: suppress}}'
  const behind = ['a', 'b', 'c'].map((name) => `{name: ${name}, action: {type: modify, changes: {}}}`)
  const off = '{name: off, enabled: false, action: {type: suppress}}'

  it('are counted, those that are off left out, and not looked at', async () => {
    const { plan } = await planned(yaml(end, off, ...behind), { payload: { end: true } })
    expect(plan.trace).toMatchObject({ rules: [{ rule: 'end' }], rules_behind: 3 })
  })

  it('are none where nothing closed the plan, where the last rule did, and where all are looked at', async () => {
    for (const { plan } of [
      await planned(yaml(end, ...behind)),
      await planned(yaml(...behind, end), { payload: { end: true } }),
      await planned(yaml(end, ...behind), { payload: { end: true } }, { full: true }),
      await planned(yaml(end, ...behind), { payload: { end: true } }, { beyond: true }),
    ])
      expect(plan.trace).not.toHaveProperty('rules_behind')
  })

  it('are those that could match, apart from those that could not', async () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `{name: r${i}, condition: {field: action_type, eq: type${i % 2}}, action: {type: modify, changes: {}}}`,
    )
    const { plan } = await planned(yaml(...many.slice(0, 10), end, ...many.slice(10)), {
      action_type: 'type1',
      payload: { end: true },
    })
    expect(plan.trace).toMatchObject({ rules_behind: 15, rules_omitted: 20 })
  })

  it('are counted where a rule that could not be evaluated closed it', async () => {
    const wrong =
      "{name: wrong, condition: 'action.payload.l.all(x, action.payload.l.all(y, x == y))', action: {type: allow}}"
    const { plan } = await planned(yaml(wrong, ...behind), { payload: { l: Array(400).fill(1) } })
    expect(plan.trace).toMatchObject({ rules: [{ rule: 'wrong', result: 'error' }], rules_behind: 3 })
  })
})

it('delivery terms of matching rules go with the plan, the later over the earlier', async () => {
  const rules = yaml(
    '{name: a, delivery: at_most_once, deliver_within_seconds: 60, action: {type: modify, changes: {}}}',
    '{name: b, deliver_within_seconds: 1.5, action: {type: modify, changes: {}}}',
    '{name: c, condition: {field: tenant, eq: other}, delivery: at_least_once, action: {type: suppress}}',
  )
  expect((await planned(rules)).plan.delivery).toEqual({ mode: 'at_most_once', deliver_within_ms: 1_500 })
})

it('a rule that is not enabled is not looked at', async () => {
  const rules = yaml('{name: a, enabled: false, action: {type: suppress}}')
  expect((await planned(rules)).plan).toMatchObject({ matched_rules: [], ending: null })
})
