import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MISSING, type Found } from '../action/paths.js'
import type { Json } from '../lib/json.js'
import { alternatives, impossible } from './contradiction.js'
import { withSwitches, type RuleSet } from './ruleset.js'
import { matches, planned, ruleWhen, rulesOf } from './rules.fixture.js'

const warningsOf = (source: string, more = {}): readonly string[] => rulesOf(source, more).warnings

const rule = (name: string, condition: string, action = '{type: suppress}', extra = ''): string =>
  `- name: ${name}\n  condition: ${condition}\n  action: ${action}\n  ${extra}\n`
const rules = (...list: string[]): string => `rules:\n${list.join('')}`

describe('a rule that can never match is told of, with what excludes what', () => {
  it.each([
    [
      '{all: [{field: action_type, eq: a}, {field: action_type, eq: b}]}',
      'action_type eq "a" and action_type eq "b" cannot hold together',
    ],
    [
      '{all: [{field: action.provider, in: [a, b]}, {field: provider, eq: c}]}',
      'provider in ["a","b"] and provider eq "c" cannot hold together',
    ],
    [
      '{all: [{field: payload.n, gt: 5}, {field: payload.n, lte: 5}]}',
      'payload.n gt 5 and payload.n lte 5 cannot hold together',
    ],
    [
      '{all: [{field: payload.n, gt: 5}, {not: {field: payload.n, gt: 3}}]}',
      'payload.n gt 5 and not (payload.n gt 3) cannot hold together',
    ],
    [
      '{all: [{field: payload.at, gt: "2026-01-02T00:00:00Z"}, {field: payload.at, lt: "2026-01-02T01:00:00+02:00"}]}',
      'payload.at gt "2026-01-02T00:00:00Z" and payload.at lt "2026-01-02T01:00:00+02:00" cannot hold together',
    ],
    [
      '{all: [{field: payload.n, gt: 5}, {field: payload.n, starts_with: x}]}',
      'payload.n gt 5 and payload.n starts_with "x" cannot hold together',
    ],
    [
      '{all: [{field: payload.n, exists: false}, {field: payload.n, eq: 5}]}',
      'payload.n exists false and payload.n eq 5 cannot hold together',
    ],
    [
      '{all: [{field: payload.n, eq: 5}, {any: [{field: payload.n, eq: 6}, {field: payload.n, eq: "5"}]}]}',
      'payload.n eq 5 and payload.n eq 6 cannot hold together',
    ],
    [
      '{all: [{field: payload.s, regex: "^x"}, {not: {field: payload.s, matches: "^x"}}]}',
      'payload.s regex "^x" and not (payload.s matches "^x") cannot hold together',
    ],
    [
      '{all: [{field: payload.s, starts_with: pod_}, {field: payload.s, starts_with: node_}]}',
      'payload.s starts_with "pod_" and payload.s starts_with "node_" cannot hold together',
    ],
    [
      '{all: [{field: payload.s, eq: pod_1}, {field: payload.s, regex: "^node"}]}',
      'payload.s eq "pod_1" and payload.s regex "^node" cannot hold together',
    ],
    ['{field: payload.s, in: []}', 'payload.s in [] never holds: nothing is so'],
    ['{field: metadata.count, gt: 5}', 'metadata.count gt 5 never holds: a label is always a text'],
    ['{field: metadata.on, eq: true}', 'metadata.on eq true never holds: a label is always a text'],
    ['{field: time.hour, gte: 24}', 'time.hour gte 24 never holds: time.hour is 0 to 23'],
    ['{field: time.month, eq: 0}', 'time.month eq 0 never holds: time.month is 1 to 12'],
    [
      '{field: time.weekday, eq: monday}',
      'time.weekday eq "monday" never holds: time.weekday is Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday',
    ],
    ['{field: time.year, eq: "2026"}', 'time.year eq "2026" never holds: time.year is always a number'],
    [
      '{all: [{field: time.hour, gte: 22}, {field: time.hour, lt: 6}]}',
      'time.hour gte 22 and time.hour lt 6 cannot hold together',
    ],
    ['{field: tenant, exists: false}', 'tenant exists false never holds: tenant is always a text'],
    ['{field: status, eq: 1}', 'status eq 1 never holds: status is a text or missing'],
    ['{not: true}', 'it is the opposite of what always holds'],
    [
      '{all: [{call: has_active_event, args: [x]}, {not: {call: has_active_event, args: [x]}}]}',
      'has_active_event(x) cannot be both true and false',
    ],
  ])('%s', async (condition, why) => {
    expect(ruleWhen(condition).warnings[0]).toBe(
      `r.yaml:2: rule "r" can never match: ${why}; correct its condition, or remove the rule`,
    )
  })
})

describe('a rule that may match is not told of', () => {
  it.each([
    'true',
    '{all: [{field: payload.n, gte: 5}, {field: payload.n, lte: 5}]}',
    '{all: [{field: payload.n, ne: 5}, {field: payload.n, ne: 6}]}',
    '{all: [{field: payload.n, ne: 5}, {field: payload.n, exists: false}]}',
    '{all: [{field: payload.tags, contains: a}, {field: payload.tags, contains: b}]}',
    '{all: [{field: payload.a, eq: 5}, {field: payload.b, eq: 6}]}',
    '{any: [{field: time.hour, gte: 22}, {field: time.hour, lt: 6}]}',
    '{all: [{not: {field: payload.n, gt: 5}}, {not: {field: payload.n, lt: 6}}]}',
    '{all: [{field: payload.s, starts_with: a}, {field: payload.s, starts_with: ab}]}',
    '{all: [{field: payload.s, starts_with: a}, {not: {field: payload.s, starts_with: ab}}]}',
    '{all: [{call: maybe}, {not: {call: maybe}}]}',
    '{all: ["maybe()", {not: "maybe()"}]}',
  ])('%s', (condition) => {
    expect(ruleWhen(condition, { functions: { maybe: () => true } }).warnings).toEqual([])
  })
})

describe('a rule that is never reached is told of, with the rule before it', () => {
  const isReached = (name: string) => expect.stringMatching(new RegExp(`rule "${name}" is never reached`)) as string
  it('whatever it matches, an ending before it matches', () => {
    expect(
      warningsOf(
        rules(
          rule('a', '{field: action_type, starts_with: pod_}', '{type: deny}', 'priority: 3'),
          rule('b', '{all: [{field: action_type, eq: pod_down}, {field: payload.n, gt: 5}]}', undefined, 'priority: 7'),
        ),
      ),
    ).toEqual([
      'r.yaml:6: rule "b" is never reached: rule "a" (r.yaml:2) comes first, matches all that it matches, and ends the rules (it says suppress); give "b" a priority below 3, or narrow the condition of "a"',
    ])
  })

  it.each([
    ['true', '{field: payload.x, eq: 1}'],
    ['{field: payload.n, gt: 3}', '{field: payload.n, gte: 4}'],
    ['{field: provider, in: [email, sms]}', '{field: provider, eq: sms}'],
    ['{field: metadata.team, exists: true}', '{field: metadata.team, ends_with: ops}'],
    ['{any: [{field: tenant, eq: a}, {field: tenant, eq: b}]}', '{field: tenant, in: [b, a]}'],
    ['{not: {field: tenant, eq: a}}', '{field: tenant, eq: b}'],
    ['{field: tenant, ne: a}', '{field: tenant, eq: b}'],
    ['{field: time.hour, gte: 9}', '{field: time.hour, eq: 12}'],
    [
      '{call: has_active_event, args: [x, action.metadata.l]}',
      '{all: [{call: has_active_event, args: [x, action.metadata.l]}, {field: tenant, eq: a}]}',
    ],
    ['{field: payload.s, regex: "^a+$"}', '{field: payload.s, regex: "^a+$"}'],
    [`'action.payload.n > 1'`, `'action.payload.n > 1'`],
  ])('%s before %s', (first, second) => {
    const state_machine = rule(
      'x',
      '{field: action_type, eq: x}',
      '{type: state_machine, state_machine: alert, fingerprint_fields: [tenant]}',
      'priority: -1',
    )
    expect(warningsOf(rules(state_machine, rule('a', first), rule('b', second)))).toEqual([isReached('b')])
  })

  it('a final gate ends the rules too', () => {
    const gate = rule('a', 'true', '{type: throttle, max_count: 1, window_seconds: 1}', 'final: true')
    expect(warningsOf(rules(gate, rule('b', '{field: tenant, eq: a}')))).toEqual([isReached('b')])
  })

  it.each<[string, string, string, string?]>([
    ['not when it may match more', '{field: payload.n, gt: 5}', '{field: payload.n, gt: 4}'],
    ['not by a disabled rule', 'true', 'true', 'enabled: false'],
    [
      'not when the earlier one looks at another zone',
      '{field: time.hour, gte: 9}',
      '{field: time.hour, gte: 9}',
      'timezone: Asia/Tokyo',
    ],
    [
      'not by a rule that may be skipped for an error',
      '{any: [{field: payload.s, regex: x}, {field: tenant, eq: a}]}',
      '{field: tenant, eq: a}',
    ],
    ['not when a registered function decides', '{call: maybe}', '{call: maybe}'],
  ])('%s', (_, first, second, extra) => {
    expect(
      warningsOf(rules(rule('a', first, undefined, extra), rule('b', second)), { functions: { maybe: () => true } }),
    ).toEqual([])
  })

  it('not by a schedule: when it is due the action is planned without it', () => {
    expect(warningsOf(rules(rule('a', 'true', '{type: schedule, delay_seconds: 5}'), rule('b', 'true')))).toEqual([])
  })

  it('not when a transform between them changes what the later one reads', () => {
    const by = (first: string, change: string, second: string): readonly string[] =>
      warningsOf(rules(rule('a', first), rule('change', 'true', change), rule('b', second)))
    const [sms, reroute] = ['{field: provider, eq: sms}', '{type: reroute, target_provider: sms}']
    expect(by(sms, reroute, sms)).toEqual([])
    expect(by('{field: tenant, eq: a}', reroute, '{field: tenant, eq: a}')).toEqual([isReached('b')])
    const urgent = '{field: payload.level.now, eq: 1}'
    expect(by(urgent, '{type: modify, changes: {level: {now: 1}}}', urgent)).toEqual([])
    expect(by(urgent, '{type: modify, changes: {other: 1}}', urgent)).toEqual([isReached('b')])
    const first = '{field: payload.0, exists: false}'
    expect(by(first, '{type: modify, changes: {other: 1}}', first)).toEqual([])
    const whole = '{field: payload, eq: {}}'
    expect(by(whole, '{type: modify, changes: {other: 1}}', whole)).toEqual([])
    expect(by(`'action.provider == "sms"'`, reroute, `'action.provider == "sms"'`)).toEqual([])
    const event = '{call: event_in_state, args: [action.payload.fp, firing]}'
    expect(by(event, '{type: modify, changes: {fp: x}}', event)).toEqual([])
    expect(by(event, '{type: modify, changes: {firing: x}}', event)).toEqual([isReached('b')])
  })

  it('a switch changes what is told', () => {
    const set = rulesOf(rules(rule('a', 'true'), rule('b', '{field: tenant, eq: a}')))
    expect(set.warnings).toHaveLength(1)
    expect(withSwitches(set, new Map([['a', false]])).warnings).toEqual([])
  })
})

it('a reroute to where the action goes anyway is told of', () => {
  const to = (provider: string, condition: string): readonly string[] =>
    warningsOf(rules(rule('a', condition, `{type: reroute, target_provider: ${provider}}`)))
  expect(to('sms', '{all: [{field: provider, in: [sms]}, {field: payload.n, gt: 1}]}')).toEqual([
    'r.yaml:2: rule "a" changes nothing: what it matches is for "sms" already; name another target_provider',
  ])
  expect(to('sms', '{field: provider, in: [sms, email]}')).toEqual([])
  expect(to('sms', 'true')).toEqual([])
})

describe('an event type that is asked for and that no rule opens is told of', () => {
  const asks =
    '{all: [{field: action_type, starts_with: pod_}, {call: has_active_event, args: [cluster_down, action.metadata.cluster]}]}'
  const machine = '{type: state_machine, state_machine: alert, fingerprint_fields: [action_type]}'
  const would =
    'a rule with the verdict state_machine that matches actions of that type would (field: action_type, eq: "cluster_down")'
  const told = `r.yaml:2: rule "inhibit" asks for an active event of the type "cluster_down", but no enabled rule opens one; ${would}`

  it('in a call, and in CEL', () => {
    expect(warningsOf(rules(rule('inhibit', asks)))).toEqual([told])
    expect(warningsOf(rules(rule('inhibit', `'has_active_event("cluster_down", "a", action.tenant)'`)))).toEqual([told])
  })

  it('a state_machine rule counts when it may match such an action', () => {
    const by = (condition: string, extra = ''): readonly string[] =>
      warningsOf(rules(rule('inhibit', asks), rule('track', condition, machine, extra)))
    expect(by('{field: action_type, eq: alert}')).toEqual([told])
    expect(by('{field: action_type, in: [alert, cluster_down]}')).toEqual([])
    expect(by('{all: [{field: action_type, starts_with: cluster_}, {field: payload.n, gt: 5}]}')).toEqual([])
    expect(by('true', 'enabled: false')).toEqual([told])
    expect(by(`'action.action_type.startsWith("x")'`)).toEqual([])
  })

  it('one that such an action never reaches does not', () => {
    const group = rule('batch', '{field: action_type, starts_with: cluster_}', '{type: group, group_by: [tenant]}')
    expect(warningsOf(rules(rule('inhibit', asks), group, rule('track', 'true', machine)))).toEqual([
      `r.yaml:2: rule "inhibit" asks for an active event of the type "cluster_down", but no rule opens one: rule "batch" (r.yaml:6) ends the rules for all such actions; ${would}, with a priority below 0`,
    ])
  })

  it('a type that comes from the action is not judged', () => {
    expect(warningsOf(rules(rule('inhibit', '{call: has_active_event, args: [action.payload.parent]}')))).toEqual([])
  })
})

describe('what the lint says is so', () => {
  const text = fc.constantFrom('a', 'ab', 'b', 'ba', '')
  const value: fc.Arbitrary<Json> = fc.oneof(
    text,
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom<Json>(null, true, false, [], ['a'], {}),
  )
  const path = fc.constantFrom(
    'payload.x',
    'payload.y',
    'provider',
    'status',
    'metadata.l',
    'time.weekday_num',
    'time.hour',
  )
  const operator = fc.oneof(
    fc.record({ eq: value }),
    fc.record({ ne: value }),
    ...(['gt', 'gte', 'lt', 'lte'] as const).map((name) => fc.integer({ min: 0, max: 3 }).map((n) => ({ [name]: n }))),
    ...(['contains', 'starts_with', 'ends_with', 'regex'] as const).map((name) => text.map((t) => ({ [name]: t }))),
    fc.array(value, { maxLength: 3 }).map((list) => ({ in: list })),
    fc.boolean().map((b) => ({ exists: b })),
  )
  const predicate = fc.tuple(path, operator).map(([field, operator]) => ({ field, ...operator }))
  const { condition } = fc.letrec<{ condition: unknown }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      predicate,
      fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
      tie('condition').map((not) => ({ not })),
    ),
  }))
  const found = fc.oneof(value as fc.Arbitrary<Found>, fc.constant<Found>(MISSING))
  const action = fc
    .record({
      x: found,
      y: found,
      provider: fc.constantFrom('a', 'ab', 'b', 'sms'),
      status: fc.option(text, { nil: undefined }),
      l: fc.option(text, { nil: undefined }),
      hour: fc.integer({ min: 0, max: 200 }),
    })
    .map(({ x, y, provider, status, l, hour }) => ({
      action: {
        payload: Object.fromEntries(Object.entries({ x, y }).filter(([, v]) => v !== MISSING)) as Json,
        provider,
        ...(status !== undefined && { status }),
        metadata: l === undefined ? ({} as Record<string, string>) : { l },
      },
      nowMs: hour * 3_600_000,
    }))
  const setOf = (...list: { condition: unknown; action: unknown; final?: boolean }[]): RuleSet =>
    rulesOf(JSON.stringify({ rules: list.map((one, i) => ({ name: 'abc'[i], ...one })) }))

  it('what can never match matches nothing', async () => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(condition, fc.array(action, { minLength: 8, maxLength: 8 }), async (condition, actions) => {
        const set = setOf({ condition, action: { type: 'suppress' } })
        if (set.warnings.length === 0) return
        told++
        for (const one of actions)
          expect((await planned(set, one.action, { nowMs: one.nowMs })).plan.matched_rules).toEqual([])
      }),
      { numRuns: 1_000 },
    )
    expect(told).toBeGreaterThan(20)
  })

  it('what is never reached is never reached, whatever is changed in between', async () => {
    const change = fc.constantFrom(
      { type: 'reroute', target_provider: 'sms' },
      { type: 'modify', changes: { x: 'a' } },
      { type: 'modify', changes: { y: null } },
    )
    let told = 0
    await fc.assert(
      fc.asyncProperty(
        condition,
        condition,
        fc.option(change, { nil: undefined }),
        fc.boolean(),
        fc.array(action, { minLength: 8, maxLength: 8 }),
        async (first, last, change, narrower, actions) => {
          const set = setOf(
            { condition: first, action: { type: 'allow' } },
            { condition: change === undefined ? { not: true } : true, action: change ?? { type: 'allow' } },
            { condition: narrower ? { all: [last, first] } : last, action: { type: 'suppress' } },
          )
          if (!set.warnings.some((warning) => warning.includes('"c" is never reached'))) return
          told++
          for (const one of actions)
            expect((await planned(set, one.action, { nowMs: one.nowMs })).plan.matched_rules).not.toContain('c')
        },
      ),
      { numRuns: 800 },
    )
    expect(told).toBeGreaterThan(20)
  })
})

it('a condition of very many alternatives is not judged, and takes no time', async () => {
  const wide = Array.from(
    { length: 40 },
    (_, i) => `{any: [{field: payload.a${i}, eq: 1}, {field: payload.b${i}, eq: 1}]}`,
  )
  const set = ruleWhen(`{all: [${wide.join(', ')}]}`)
  expect(impossible(alternatives(set.rules[0]!.condition))).toBe(null)
  expect(set.warnings).toEqual([])
  expect(await matches(set, { payload: Object.fromEntries(wide.map((_, i) => [`a${i}`, 1])) })).toBe(true)
})
