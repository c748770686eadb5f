import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { lookBehind } from './behind.js'
import { actionOf, NOW, rulesOf } from './rules.fixture.js'

const functions = { score: () => expect.unreachable('no function is called') }

/** What rules with these conditions make of an action of which `hidden` paths are not known. */
async function behind(
  conditions: readonly string[],
  action: Partial<Action> = {},
  { hidden = [], state = () => false }: { hidden?: string[]; state?: (lookup: Lookup) => LookupAnswer } = {},
) {
  const yaml = conditions.map(
    (condition, i) => `- name: r${i}\n  condition: ${condition}\n  action: {type: suppress}\n`,
  )
  const rounds: Lookup[][] = []
  const looks = await lookBehind(
    actionOf(action),
    rulesOf(`rules:\n${yaml.join('')}`, { functions }).rules,
    {
      nowMs: NOW,
      withheld: (path) => (hidden.some((one) => one === path || one === '*') ? `${path} is masked` : null),
    },
    async (lookups) => {
      rounds.push(lookups)
      return lookups.map(state)
    },
  )
  return { looks, rounds }
}

it('says what would have matched with each part, and what not with the first failing part and the value found', async () => {
  const { looks } = await behind(
    [
      '{all: [{field: payload.n, gt: 1}, {field: action_type, eq: notify}]}',
      '{all: [{field: payload.n, gt: 1}, {field: payload.n, gt: 5}, {field: payload.n, gt: 6}]}',
      'action.payload.n > 5',
    ],
    { payload: { n: 3 } },
  )
  expect(looks).toEqual([
    {
      ...{ rule: 'r0', result: 'matched', verdict: 'suppress' },
      parts: [
        { part: 'payload.n gt 1', result: true, found: 3 },
        { part: 'action_type eq "notify"', result: true, found: 'notify' },
      ],
    },
    {
      ...{ rule: 'r1', result: 'not_matched', verdict: 'suppress' },
      parts: [{ part: 'payload.n gt 5', result: false, found: 3 }],
    },
    {
      ...{ rule: 'r2', result: 'not_matched', verdict: 'suppress' },
      parts: [{ part: 'action.payload.n > 5', result: false }],
    },
  ])
})

it('looks at each rule by itself: what one before it would have changed or ended changes nothing', async () => {
  const rules = rulesOf(
    'rules:\n' +
      '- {name: end, action: {type: suppress}}\n' +
      '- {name: change, action: {type: modify, changes: {n: 9}}}\n' +
      '- {name: after, condition: {field: payload.n, eq: 9}, action: {type: allow}}\n',
  ).rules
  const looks = await lookBehind(
    actionOf({ payload: { n: 1 } }),
    rules,
    { nowMs: NOW, withheld: () => null },
    async () => [],
  )
  expect(looks.map(({ rule, result, verdict }) => [rule, result, verdict])).toEqual([
    ['end', 'matched', 'suppress'],
    ['change', 'matched', 'modify'],
    ['after', 'not_matched', 'allow'],
  ])
})

describe('what is not known any more', () => {
  it('leaves a result unknown that hangs on it, and no other', async () => {
    const { looks } = await behind(
      [
        '{field: payload.token, eq: x}',
        '{all: [{field: payload.token, eq: x}, {field: payload.n, gt: 5}]}',
        '{any: [{field: payload.token, eq: x}, {field: payload.n, lt: 5}]}',
        '{not: {field: payload.token, eq: x}}',
      ],
      { payload: { token: '[REDACTED]', n: 3 } },
      { hidden: ['payload.token'] },
    )
    expect(looks).toMatchObject([
      { result: 'unknown', note: 'payload.token is masked' },
      { result: 'not_matched', parts: [{ part: 'payload.n gt 5' }] },
      { result: 'matched' },
      { result: 'unknown' },
    ])
    expect(looks[0]).not.toHaveProperty('parts')
  })

  it.each([
    ['action.payload.card.number == 1', 'payload.card.number'],
    ['action.payload["card"]["number"] == 1', 'payload.card.number'],
    ['has(action.payload.card.number)', 'payload.card.number'],
    ['action.payload.items.exists(item, item.token == "x")', 'payload.items'],
    ['action.payload.items[0].token == "x"', 'payload.items.0.token'],
    ['action.payload.by[action.payload.key] == 1', 'payload.key'],
    ['action.payload.by[action.payload.key] == 1', 'payload.by'],
    ['action.payload["a.b"] == 1', 'payload'],
    ['action.metadata["a.b"] == "x"', 'metadata.a.b'],
    ['"k" in action.payload', 'payload'],
    ['size(action.payload.list.map(x, x + action.payload.secret)) > 0', 'payload.secret'],
    ['string(action) == "x"', 'action'],
  ])('counts for CEL, %s, when %s is not known', async (cel, path) => {
    const { looks } = await behind([JSON.stringify(cel)], {}, { hidden: [path] })
    expect(looks).toEqual([{ rule: 'r0', result: 'unknown', verdict: 'suppress', note: `${path} is masked` }])
  })

  it('counts for arguments of calls, which state is then not asked for', async () => {
    const condition = '{call: has_active_event, args: [down, action.metadata.cluster]}'
    const { looks, rounds } = await behind([condition], {}, { hidden: ['metadata.cluster'] })
    expect(looks).toMatchObject([{ result: 'unknown', note: 'metadata.cluster is masked' }])
    expect(rounds).toEqual([])
  })
})

it('calls no function, in conditions and in CEL, and says so', async () => {
  const conditions = [
    '{call: score, args: [payload.n], gt: 5}',
    '"score(action.payload.n) > 5.0"',
    '{all: [{call: score, gt: 5}, {field: tenant, eq: other}]}',
  ]
  const { looks } = await behind(conditions, { payload: { n: 3 } })
  expect(looks).toMatchObject([
    { result: 'unknown', note: 'the function score is not called for it' },
    { result: 'unknown', note: 'the function score is not called for it' },
    { result: 'not_matched' },
  ])
})

it('asks state as it is now, in one round for all rules, and says which rules did', async () => {
  const { looks, rounds } = await behind(
    [
      '{call: has_active_event, args: [down]}',
      '"has_active_event(\\"up\\")"',
      '{field: tenant, eq: t}',
      '{call: get_event_state, args: [f], eq: firing}',
    ],
    {},
    { state: (lookup) => (lookup.kind === 'event_state' ? 'firing' : lookup.action_type === 'down') },
  )
  expect(rounds.map((lookups) => lookups.length)).toEqual([3])
  expect(looks.map(({ result, asks_state }) => [result, asks_state])).toEqual([
    ['matched', true],
    ['not_matched', true],
    ['matched', undefined],
    ['matched', true],
  ])
})

it('looks at time as it was told, in the zone of each rule', async () => {
  const { looks } = await behind(['{field: time.hour, eq: 10}', '{field: time.hour, eq: 11}'])
  expect(looks).toMatchObject([{ result: 'matched' }, { result: 'not_matched', parts: [{ found: 10 }] }])
})

it('tells of a rule that cannot be evaluated', async () => {
  const nested = '"action.payload.list.all(x, action.payload.list.all(y, x == y))"'
  const { looks } = await behind([nested, '{field: tenant, eq: t}'], { payload: { list: Array(400).fill(1) } })
  expect(looks).toMatchObject([{ result: 'error', note: expect.stringContaining('too long') }, { result: 'matched' }])
})
