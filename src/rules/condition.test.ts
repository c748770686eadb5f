import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { actionOf, environmentOf, matches, planned, ruleWhen } from './rules.fixture.js'
import { planWith } from './plan.js'

const partsOf = async (condition: string, action: Partial<Action> = {}, full = false) =>
  (await planned(ruleWhen(condition), action, { full })).plan.trace.rules[0]

describe('all, any and not', () => {
  const [yes, no] = ['{field: tenant, eq: t}', '{field: tenant, eq: x}']
  it.each([
    ['true', true],
    [yes, true],
    [no, false],
    [`{not: ${yes}}`, false],
    [`{not: ${no}}`, true],
    [`{all: [${yes}, ${yes}]}`, true],
    [`{all: [${yes}, ${no}]}`, false],
    [`{any: [${no}, ${yes}]}`, true],
    [`{any: [${no}, ${no}]}`, false],
    [`{not: {any: [${no}, {all: [${yes}, {not: ${yes}}]}]}}`, true],
    [`{not: {field: payload.nothing, eq: 1}}`, true],
    [`{not: {field: payload.nothing, ne: 1}}`, false],
  ])('%s: %s', async (condition, expected) => {
    expect(await matches(ruleWhen(condition))).toBe(expected)
  })
})

describe('a path leads to', () => {
  const action: Partial<Action> = {
    payload: { a: { b: [{ c: 1 }, 'x'], '7': 'seven' }, n: null, s: '', 'dotted.name': 1, list: [1, [2]] },
    metadata: { cluster: 'prod', 'app.kubernetes.io/name': 'api', labels: 'odd' },
    status: 'firing',
    fingerprint: 'f',
    dedup_key: 'k',
    starts_at: '2026-01-01T00:00:00Z',
  }
  it.each([
    ['namespace', '"ns"'],
    ['action.tenant', '"t"'],
    ['provider', '"email"'],
    ['action.action_type', '"notify"'],
    ['id', '"a-1"'],
    ['status', '"firing"'],
    ['action.fingerprint', '"f"'],
    ['dedup_key', '"k"'],
    ['starts_at', '"2026-01-01T00:00:00Z"'],
    ['payload.a.b.0.c', '1'],
    ['action.payload.a.b.1', '"x"'],
    ['payload.a.7', '"seven"'],
    ['payload.list.1.0', '2'],
    ['payload.n', 'null'],
    ['payload.s', '""'],
    ['metadata.cluster', '"prod"'],
    ['action.metadata.app.kubernetes.io/name', '"api"'],
    ['metadata.labels', '"odd"'],
    ['metadata.labels.cluster', '"prod"'],
  ])('%s: %s', async (path, value) => {
    expect(await matches(ruleWhen(`{field: ${path}, eq: ${value}}`), action)).toBe(true)
  })

  it.each([
    'payload.nothing',
    'payload.a.nothing.deeper',
    'payload.a.b.2',
    'payload.a.b.-1',
    'payload.a.b.length',
    'payload.s.length',
    'payload.n.x',
    'payload.dotted.name',
    'payload.constructor',
    'payload.__proto__',
    'payload.a.b.0.c.d',
    'metadata.nothing',
    'metadata.toString',
    'ends_at',
    'template',
  ])('nothing: %s', async (path) => {
    expect(await matches(ruleWhen(`{field: ${path}, exists: false}`), action)).toBe(true)
    expect(await matches(ruleWhen(`{field: ${path}, exists: true}`), action)).toBe(false)
  })
})

describe('what a condition found is told', () => {
  it('for a rule that did not match, its first failing part', async () => {
    expect(
      await partsOf('{all: [{field: tenant, eq: t}, {field: payload.n, gt: 5}, {field: payload.m, eq: 1}]}', {
        payload: { n: 3 },
      }),
    ).toEqual({
      rule: 'r',
      result: 'not_matched',
      parts: [{ part: 'payload.n gt 5', result: false, found: 3 }],
    })
  })

  it('for one that matched, every part that was looked at, with its value', async () => {
    expect(
      await partsOf(
        '{all: [{field: action.tenant, eq: t}, {any: [{field: payload.m, eq: 1}, {field: payload.n, lt: 5}, {field: id, eq: x}]}]}',
        { payload: { n: 3 } },
      ),
    ).toEqual({
      rule: 'r',
      result: 'matched',
      verdict: 'suppress',
      parts: [
        { part: 'tenant eq "t"', result: true, found: 't' },
        { part: 'payload.m eq 1', result: false, note: 'the field is missing' },
        { part: 'payload.n lt 5', result: true, found: 3 },
      ],
    })
  })

  it('in full, every part there is, and the same result', async () => {
    const trace = await partsOf(
      '{all: [{field: payload.n, gt: 5}, {field: tenant, eq: t}, {any: [{field: tenant, ne: t}, {field: id, eq: a-1}]}]}',
      { payload: { n: 3 } },
      true,
    )
    expect(trace?.result).toBe('not_matched')
    expect(trace?.parts?.map(({ part, result }) => `${part}: ${result}`)).toEqual([
      'payload.n gt 5: false',
      'tenant eq "t": true',
      'tenant ne "t": false',
      'id eq "a-1": true',
    ])
  })

  it('in short, however long the value and the condition are', async () => {
    const trace = await partsOf(`{field: payload.s, starts_with: "${'y'.repeat(500)}"}`, {
      payload: { s: 'x'.repeat(5_000) },
    })
    expect(JSON.stringify(trace).length).toBeLessThan(500)
    const list = await partsOf('{field: payload.s, contains: 1}', { payload: { s: Array(1_000).fill('abc') } })
    expect(list?.parts).toEqual([{ part: 'payload.s contains 1', result: false, found: 'a list of 1000' }])
  })
})

describe('a call asks state for the action’s own namespace and tenant', () => {
  async function asked(condition: string, action: Partial<Action> = {}, answer: LookupAnswer = true) {
    const { plan, rounds } = await planned(ruleWhen(condition), action, { state: () => answer })
    return { matched: plan.matched_rules.length === 1, lookups: rounds.flat() }
  }
  const here = { namespace: 'ns', tenant: 't' }
  it.each<[string, Partial<Action>, Partial<Lookup>]>([
    ['{call: has_active_event, args: [down]}', {}, { kind: 'active_event', action_type: 'down' }],
    [
      '{call: has_active_event, args: [down, action.metadata.cluster]}',
      { metadata: { cluster: 'c' } },
      { action_type: 'down', label: 'cluster', value: 'c' },
    ],
    [
      '{call: has_active_event, args: [down, metadata.app.name]}',
      { metadata: { 'app.name': 'c' } },
      { action_type: 'down', label: 'app.name', value: 'c' },
    ],
    ['{call: has_active_event, args: [down, prod]}', {}, { action_type: 'down', value: 'prod' }],
    ['{call: has_active_event, args: [down, 5]}', {}, { action_type: 'down', value: '5' }],
    ['{call: has_active_event, args: [down, payload.c]}', { payload: { c: 7 } }, { action_type: 'down', value: '7' }],
    [
      '{call: has_active_event, args: [down, "action.metadata.cluster"]}',
      { metadata: { cluster: 'c' } },
      { action_type: 'down', value: 'action.metadata.cluster' },
    ],
    [
      '{call: has_active_event, args: [down, cluster, prod]}',
      {},
      { action_type: 'down', label: 'cluster', value: 'prod' },
    ],
    [
      '{call: has_active_event, args: [down, payload.label, payload.value]}',
      { payload: { label: 'l', value: true } },
      { action_type: 'down', label: 'l', value: 'true' },
    ],
    ['{call: has_active_event, args: [action.payload.type]}', { payload: { type: 'x' } }, { action_type: 'x' }],
    [
      '{call: get_event_state, args: [action.fingerprint], eq: firing}',
      { fingerprint: 'f' },
      { kind: 'event_state', fingerprint: 'f' },
    ],
    ['{call: event_in_state, args: [abc, firing]}', {}, { kind: 'event_state', fingerprint: 'abc' }],
  ])('%s', async (condition, action, lookup) => {
    const answer = condition.includes('has_active_event') ? true : 'firing'
    expect(await asked(condition, action, answer)).toEqual({
      matched: true,
      lookups: [expect.objectContaining({ ...here, ...lookup }) as Lookup],
    })
    expect((await asked(condition, action, answer === true ? false : 'resolved')).matched).toBe(false)
  })

  it('for has_active_event without a label no label is asked', async () => {
    const [lookup] = (await asked('{call: has_active_event, args: [down, prod]}')).lookups
    expect(lookup).not.toHaveProperty('label')
  })

  it.each([
    '{call: has_active_event, args: [down, action.metadata.nothing]}',
    '{call: has_active_event, args: [payload.nothing]}',
    '{call: has_active_event, args: [down, payload.list]}',
    '{call: has_active_event, args: [down, cluster, payload.nothing]}',
    '{call: event_in_state, args: [action.fingerprint, firing]}',
    '{call: get_event_state, args: [payload.nothing], eq: firing}',
  ])('a missing value is false, and nothing is asked: %s', async (condition) => {
    expect(await asked(condition, { payload: { list: [1] } })).toEqual({ matched: false, lookups: [] })
  })

  it('get_event_state takes any operator, and an event that is none has no state', async () => {
    const state = async (condition: string, answer: LookupAnswer): Promise<boolean> =>
      (await asked(`{call: get_event_state, args: [f], ${condition}}`, {}, answer)).matched
    expect(await state('in: [firing, stale]', 'stale')).toBe(true)
    expect(await state('ne: firing', 'stale')).toBe(true)
    expect(await state('ne: firing', 'firing')).toBe(false)
    expect(await state('ne: firing', null)).toBe(true)
    expect(await state('exists: false', null)).toBe(true)
    expect(await state('exists: true', 'x')).toBe(true)
    expect(await state('regex: "^f"', 'firing')).toBe(true)
    expect(await state('eq: firing', null)).toBe(false)
  })

  it('the state that was found is told', async () => {
    const { plan } = await planned(
      ruleWhen('{call: get_event_state, args: [f], eq: firing}'),
      {},
      { state: () => 'stale' },
    )
    expect(plan.trace.rules).toEqual([
      {
        rule: 'r',
        result: 'not_matched',
        parts: [{ part: 'get_event_state(f) eq "firing"', result: false, found: 'stale' }],
      },
    ])
  })
})

describe('what is false whatever state says asks nothing', () => {
  it.each([
    '{all: [{call: has_active_event, args: [x]}, {field: tenant, eq: other}]}',
    '{all: [{field: tenant, eq: other}, {call: has_active_event, args: [x]}]}',
    '{not: {any: [{call: has_active_event, args: [x]}, {field: tenant, eq: t}]}}',
  ])('%s', async (condition) => {
    const { plan, rounds } = await planned(ruleWhen(condition))
    expect(plan.matched_rules).toEqual([])
    expect(rounds).toEqual([])
  })

  it('nor what is true whatever it says', async () => {
    const { plan, rounds } = await planned(
      ruleWhen('{any: [{call: has_active_event, args: [x]}, {field: tenant, eq: t}]}'),
    )
    expect(plan.matched_rules).toEqual(['r'])
    expect(rounds).toEqual([])
  })
})

describe('a function that a library user registers', () => {
  const functions = {
    weekend: () => true,
    plus: ([a, b]: unknown[]) => Number(a) + Number(b),
    given: (args: unknown[], action: Action) => JSON.stringify([args, action.tenant]),
    nothing: () => undefined,
    broken: () => {
      throw new Error('no such table')
    },
    late: async () => true,
  }
  const holds = (condition: string, action: Partial<Action> = {}): Promise<boolean> =>
    matches(ruleWhen(condition, { functions }), action)

  it('is taken as true or false, or compared by an operator', async () => {
    expect(await holds('{call: weekend}')).toBe(true)
    expect(await holds('{call: nothing}')).toBe(false)
    expect(await holds('{call: plus, args: [payload.a, 2], eq: 5}', { payload: { a: 3 } })).toBe(true)
    expect(await holds('{call: plus, args: [payload.a, 2], gt: 5}', { payload: { a: 3 } })).toBe(false)
    expect(await holds('{call: nothing, exists: false}')).toBe(true)
  })

  it('gets values, undefined where they are missing, and the action', async () => {
    const args = 'args: [payload.x, payload.none, "payload.x", tenant, 5]'
    const expected = JSON.stringify(JSON.stringify([[[1], undefined, 'payload.x', 'tenant', 5], 't']))
    expect(await holds(`{call: given, ${args}, eq: ${expected}}`, { payload: { x: [1] } })).toBe(true)
  })

  it('can be called from CEL', async () => {
    expect(await holds(`'weekend() && plus(action.payload.a, 2) == 5.0'`, { payload: { a: 3 } })).toBe(true)
  })

  it.each(['broken', 'late'])('that fails or answers later is a rule error: %s', async (name) => {
    const { plan } = await planned(ruleWhen(`{call: ${name}}`, { functions }))
    expect(plan.ending).toMatchObject({
      kind: 'answer',
      outcome: { type: 'Failed', code: 'RULE_ERROR', retryable: false, attempts: 0 },
    })
    expect(plan.trace.rules[0]).toMatchObject({ result: 'error', note: expect.stringContaining(name) as string })
  })
})

it('a condition that hangs on state is asked about, and planned when it is answered', () => {
  const rules = ruleWhen('{call: has_active_event, args: [x]}')
  const needs = planWith(actionOf(), rules, environmentOf(), new Map())
  expect(needs).toEqual({ needs: [{ kind: 'active_event', namespace: 'ns', tenant: 't', action_type: 'x' }] })
})
