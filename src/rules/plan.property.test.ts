import fc from 'fast-check'
import { stringify } from 'yaml'
import { expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { Json } from '../lib/json.js'
import type { Plan } from '../state/plan.js'
import type { Lookup } from '../state/store.js'
import { interpret, type PlainCondition, type PlainRule } from './interpreter.fixture.js'
import { compileRules, problemText } from './compile.js'
import { actionOf, languageOf, NOW, planned } from './rules.fixture.js'
import { withSwitches, type RuleSet } from './ruleset.js'

const words = fc.constantFrom('alert', 'alarm', 'note', 'al')
const scalars: fc.Arbitrary<Json> = fc.oneof(words, fc.constantFrom(0, 1, 2, 3, 1.5, true, false, null, ''))
const values: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ b: scalars }) },
)
const paths = fc.constantFrom(
  ...['action_type', 'action.action_type', 'tenant', 'namespace', 'provider', 'status', 'dedup_key'],
  ...[
    'payload.x',
    'action.payload.n',
    'payload.list',
    'payload.o.b',
    'payload.list.0',
    'metadata.l',
    'action.metadata.k',
  ],
)

const predicates: fc.Arbitrary<PlainCondition> = fc.oneof(
  fc.tuple(paths, fc.constantFrom('eq', 'ne', 'contains'), values).map(predicate),
  fc.tuple(paths, fc.constantFrom('gt', 'gte', 'lt', 'lte'), fc.constantFrom(0, 1, 2, 2.5)).map(predicate),
  fc
    .tuple(paths, fc.constantFrom('starts_with', 'ends_with'), fc.constantFrom('al', 'a', 't', 'alert', ''))
    .map(predicate),
  fc.tuple(paths, fc.constant('regex'), fc.constantFrom('^al', 'r', '^(alert|note)$', '.')).map(predicate),
  fc.tuple(paths, fc.constant('in'), fc.array(values, { maxLength: 3 })).map(predicate),
  fc.tuple(paths, fc.constant('exists'), fc.boolean()).map(predicate),
  fc
    .tuple(fc.constant('provider'), fc.constantFrom('eq', 'ne'), fc.constantFrom('sms', 'slack', 'email'))
    .map(predicate),
  fc.tuple(fc.constant('time.hour'), fc.constantFrom('gt', 'lt', 'eq'), fc.constantFrom(9, 10, 19)).map(predicate),
)
function predicate([field, operator, operand]: [string, string, Json]): PlainCondition {
  return { field, [operator]: operand }
}

const textArgument = fc.constantFrom<Json>('alert', 'alarm', 1, 'action.metadata.l', 'metadata.k', 'payload.x')
const calls: fc.Arbitrary<PlainCondition> = fc.oneof(
  fc.array(textArgument, { minLength: 1, maxLength: 3 }).map((args) => ({ call: 'has_active_event', args })),
  fc.tuple(textArgument, words).map(([arg, eq]) => ({ call: 'get_event_state', args: [arg], eq })),
  fc.tuple(textArgument, textArgument).map((args) => ({ call: 'event_in_state', args })),
)

const payloadOf = ({ payload }: Action): Record<string, Json> => payload as Record<string, Json>
const CEL: Record<string, (action: Action) => boolean> = {
  'action.payload.n > 1.0': (action) =>
    typeof payloadOf(action)['n'] === 'number' && (payloadOf(action)['n'] as number) > 1,
  'action.action_type == "alert"': ({ action_type }) => action_type === 'alert',
  'has(action.status) && action.status.startsWith("al")': ({ status }) => status?.startsWith('al') === true,
  '"l" in action.metadata': ({ metadata }) => Object.hasOwn(metadata, 'l'),
  'action.payload.x.matches("^a")': (action) =>
    typeof payloadOf(action)['x'] === 'string' && String(payloadOf(action)['x']).startsWith('a'),
}

const conditions = fc.letrec<{ any: PlainCondition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    { weight: 6, arbitrary: predicates },
    { weight: 2, arbitrary: calls },
    { weight: 1, arbitrary: fc.constantFrom<PlainCondition>(true, ...Object.keys(CEL)) },
    { weight: 2, arbitrary: fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })) },
    { weight: 2, arbitrary: fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })) },
    { weight: 1, arbitrary: tie('any').map((not) => ({ not })) },
  ),
})).any

const keys = fc.option(fc.array(paths, { minLength: 1, maxLength: 2 }), { nil: undefined })
const seconds = fc.constantFrom(1, 5, 300)
const changes = fc.dictionary(fc.constantFrom('x', 'n', 'list', 'o'), fc.oneof(values, fc.record({ b: scalars })), {
  maxKeys: 2,
})
const verdicts: fc.Arbitrary<PlainRule['action']> = fc.oneof(
  fc.record({ type: fc.constant('modify'), changes }),
  fc.record({ type: fc.constant('modify'), changes }),
  fc.constantFrom('email', 'sms', 'slack').map((target_provider) => ({ type: 'reroute', target_provider })),
  fc.record(
    {
      type: fc.constant('deduplicate'),
      ttl_seconds: seconds,
      key: keys,
      on_failure: fc.constantFrom('keep', 'release'),
    },
    { requiredKeys: ['type', 'ttl_seconds'] },
  ),
  fc.record({
    type: fc.constant('throttle'),
    max_count: fc.nat(5).map((n) => n + 1),
    window_seconds: seconds,
    key: keys,
  }),
  fc.record({ type: fc.constantFrom('suppress', 'deny'), reason: words }, { requiredKeys: ['type'] }),
  fc.constantFrom<PlainRule['action']>(
    { type: 'allow' },
    { type: 'schedule', delay_seconds: 5 },
    { type: 'group', group_by: ['metadata.l'] },
    { type: 'state_machine', state_machine: 'alert', fingerprint_fields: ['metadata.l'] },
  ),
)

/** Rules that go on: few of them close the plan. */
const goingOn = (rules: PlainRule[]): PlainRule[] =>
  rules.map((rule, i) =>
    i % 10 === 9 || ['modify', 'reroute', 'deduplicate', 'throttle'].includes(rule.action.type)
      ? { ...rule, final: false, enabled: true }
      : { ...rule, final: false, enabled: true, action: { type: 'reroute', target_provider: i % 2 ? 'sms' : 'slack' } },
  )

const ruleLists = (size: { minLength: number; maxLength: number }): fc.Arbitrary<PlainRule[]> =>
  fc
    .array(
      fc.record(
        {
          priority: fc.integer({ min: -2, max: 2 }),
          enabled: fc.constantFrom(true, true, true, false),
          final: fc.constantFrom(false, false, false, true),
          timezone: fc.constantFrom('UTC', 'Asia/Tokyo'),
          condition: conditions,
          action: verdicts,
        },
        { requiredKeys: ['action', 'condition'] },
      ),
      size,
    )
    .map((rules) => rules.map((rule, i) => ({ name: `r${i}`, ...rule })))

const actions: fc.Arbitrary<Action> = fc
  .record({
    namespace: fc.constantFrom('alert', 'ns'),
    tenant: words,
    provider: fc.constantFrom('email', 'sms'),
    action_type: words,
    payload: fc.record({ x: values, n: values, list: values, o: values }, { requiredKeys: [] }),
    metadata: fc.dictionary(fc.constantFrom('l', 'k'), words),
    status: fc.option(words, { nil: undefined }),
    dedup_key: fc.option(words, { nil: undefined }),
  })
  .map((action) => actionOf(JSON.parse(JSON.stringify(action)) as Partial<Action>))

/** State that answers the same to the same, from a seed. */
const stateFrom =
  (seed: number) =>
  (lookup: Lookup): boolean | string | null => {
    const sum = [...JSON.stringify(lookup)].reduce((total, c) => (total * 31 + c.charCodeAt(0)) % 9_973, seed)
    return lookup.kind === 'active_event' ? sum % 2 === 0 : [null, 'alert', 'alarm', 'note'][sum % 4]!
  }

/** What the interpreter knows of a plan; keys of gates are compared by which of them are equal. */
function comparable({ verdict, matched_rule, matched_rules, action, gates, ending }: Plan): unknown {
  const { deliver: _plan, draft: _draft, ...end } = { deliver: null, draft: null, ...ending }
  return {
    ...{ verdict, matched_rule, matched_rules, action },
    gates: gates.map(({ key: _key, verdict: _word, ...gate }) => gate),
    ending: ending === null ? null : end,
  }
}

const keyOfIdentity = new Map<string, string>()
const identityOfKey = new Map<string, string>()

const language = languageOf()
function compiled(rules: PlainRule[]): RuleSet {
  const plain = JSON.parse(JSON.stringify(rules)) as unknown
  const text = stringify({ rules: plain }, { aliasDuplicateObjects: false })
  const found = compileRules([{ path: 'r.yaml', text }], language)
  if (!found.ok) throw new Error(found.problems.map(problemText).join('\n'))
  return found.rules
}

async function compare(rules: PlainRule[], action: Action, seed: number, without?: Set<string>, passed?: Set<string>) {
  const set = compiled(rules)
  const options = { ...(without !== undefined && { without }), ...(passed !== undefined && { passed }) }
  const { plan } = await planned(set, action, { state: stateFrom(seed), ...options })
  const expected = interpret(rules, action, {
    hours: { UTC: 10, 'Asia/Tokyo': 19 },
    state: stateFrom(seed),
    cel: CEL,
    ...options,
  })
  const { gates, ending, ...rest } = expected
  expect(comparable(plan)).toMatchObject({
    ...rest,
    gates: gates.map(({ identity: _identity, ...gate }) => gate),
    ending,
  })
  expect(plan.gates).toHaveLength(gates.length)
  for (const [i, { identity }] of gates.entries()) {
    const { key } = plan.gates[i]!
    expect(keyOfIdentity.get(identity) ?? key).toBe(key)
    expect(identityOfKey.get(key) ?? identity).toBe(identity)
    keyOfIdentity.set(identity, key)
    identityOfKey.set(key, identity)
  }
  return { set, plan }
}

const seeds = fc.integer({ min: 0, max: 9_000 })

it('the moment of these tests is ten in the morning, and evening in Tokyo', () => {
  expect(new Date(NOW).getUTCHours()).toBe(10)
})

it('random rules plan random actions as a plain reading of them does', async () => {
  await fc.assert(
    fc.asyncProperty(ruleLists({ minLength: 0, maxLength: 8 }), actions, seeds, async (rules, action, seed) => {
      const { set, plan } = await compare(rules, action, seed)
      // What the lint calls impossible never happens.
      for (const warning of set.warnings) {
        const [, name] = /rule "(r\d+)" (?:can never match|is never reached)/.exec(warning) ?? []
        if (name !== undefined) expect(plan.matched_rules, warning).not.toContain(name)
      }
    }),
    { numRuns: 600 },
  )
})

it('so do many rules, of which only those that can match are looked at', async () => {
  await fc.assert(
    fc.asyncProperty(
      ruleLists({ minLength: 25, maxLength: 40 }).map(goingOn),
      fc.array(actions, { minLength: 1, maxLength: 4 }),
      seeds,
      async (rules, several, seed) => {
        for (const action of several) await compare(rules, action, seed)
      },
    ),
    { numRuns: 100 },
  )
})

it('so do due actions, without the rule that scheduled them and the gates that they passed', async () => {
  await fc.assert(
    fc.asyncProperty(
      ruleLists({ minLength: 1, maxLength: 6 }),
      actions,
      seeds,
      fc.nat(5),
      fc.subarray(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']),
      async (rules, action, seed, without, passed) => {
        await compare(rules, action, seed, new Set([`r${without}`]), new Set(passed))
      },
    ),
    { numRuns: 300 },
  )
})

it('switches do to rules what their files could say, and give another version', async () => {
  await fc.assert(
    fc.asyncProperty(
      ruleLists({ minLength: 1, maxLength: 6 }),
      actions,
      seeds,
      fc.dictionary(fc.constantFrom('r0', 'r1', 'r2', 'gone'), fc.boolean()),
      async (rules, action, seed, switches) => {
        const set = compiled(rules)
        const switched = withSwitches(set, new Map(Object.entries(switches)))
        const said = rules.map((rule) => ({ ...rule, enabled: switches[rule.name] ?? rule.enabled ?? true }))
        const { plan } = await planned(switched, action, { state: stateFrom(seed) })
        const world = { hours: { UTC: 10, 'Asia/Tokyo': 19 }, state: stateFrom(seed), cel: CEL }
        expect(plan.matched_rules).toEqual(interpret(said, action, world).matched_rules)
        expect(switched.version === set.version).toBe(!rules.some(({ name }) => Object.hasOwn(switches, name)))
        expect(withSwitches(switched, new Map()).version).toBe(set.version)
      },
    ),
    { numRuns: 200 },
  )
})
