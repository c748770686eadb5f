import { describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { planned, problemsOf, rulesOf } from '../rules/rules.fixture.js'
import type { Gate, GroupEnding, TransitionEnding } from '../state/plan.js'
import { VERDICTS } from './registry.js'

const rule = (action: string, name = 'r') => `rules: [{name: ${name}, action: ${action}}]`
const planOf = async (action: string, sent: Partial<Action> = {}, name?: string) =>
  (await planned(rulesOf(rule(action, name)), sent)).plan
const gateOf = async (action: string, sent: Partial<Action> = {}, name?: string): Promise<Gate> =>
  (await planOf(action, sent, name)).gates[0]!
const problemOf = (action: string): string => problemsOf(rule(action)).join('\n')

it('each verdict has a word, a sentence and fields that are described', () => {
  for (const { describes, schema } of VERDICTS) {
    expect(describes).toMatch(/\.$/)
    for (const field of Object.values(schema.properties)) expect(field).toHaveProperty('description')
  }
  expect(VERDICTS.map(({ type }) => type)).toEqual([
    ...['suppress', 'deduplicate', 'throttle', 'reroute', 'modify', 'state_machine', 'group', 'schedule', 'allow'],
  ])
})

describe('suppress', () => {
  it('is the outcome, with its reason; deny is the same', async () => {
    expect(await planOf('{type: suppress, reason: no}')).toMatchObject({
      verdict: 'suppress',
      ending: { kind: 'answer', outcome: { type: 'Suppressed', rule: 'r', reason: 'no' } },
    })
    expect((await planOf('{type: deny}')).ending).toEqual({
      kind: 'answer',
      outcome: { type: 'Suppressed', rule: 'r' },
    })
  })
})

describe('deduplicate', () => {
  const key = async (fields: string, sent: Partial<Action> = {}, name?: string): Promise<string> =>
    (await gateOf(`{type: deduplicate, ttl_seconds: 5${fields}}`, sent, name)).key

  it('holds a key for its time, and lets it go on failure unless told to keep it', async () => {
    expect(await gateOf('{type: deduplicate, ttl_seconds: 1.5}')).toMatchObject({
      kind: 'reservation',
      ttl_ms: 1_500,
      on_failure: 'release',
    })
    expect(await gateOf('{type: deduplicate, ttl_seconds: 5, on_failure: keep, on_state_error: allow}')).toMatchObject({
      on_failure: 'keep',
      on_state_error: 'allow',
    })
  })

  it('takes dedup_key, whatever else the action says, for all rules alike', async () => {
    const one = await key('', { dedup_key: 'k', payload: { a: 1 }, provider: 'sms', action_type: 'x' })
    expect(await key('', { dedup_key: 'k' }, 'other')).toBe(one)
    expect(await key('', { dedup_key: 'k2' })).not.toBe(one)
  })

  const differences: [string, Partial<Action>][] = [
    ['provider', { provider: 'sms' }],
    ['action_type', { action_type: 'other' }],
    ['status', { status: 'firing' }],
    ['fingerprint', { fingerprint: 'f' }],
    ['payload', { payload: { a: '1' } }],
    ['labels', { metadata: { l: 'x' } }],
  ]
  it.each(differences)(
    'without one is a hash of what the action says: another %s is another key',
    async (_, change) => {
      expect(await key('', { payload: { a: 1 }, ...change })).not.toBe(await key('', { payload: { a: 1 } }))
    },
  )

  it('and not of its id, its times or the order of names', async () => {
    const one = await key('', { payload: { a: 1, b: 2 } })
    expect(await key('', { payload: { b: 2, a: 1 }, id: 'z', created_at: '2020-01-01T00:00:00Z' })).toBe(one)
  })

  it('takes the values at key instead: typed, with their names, and missing is a value of its own', async () => {
    const at = (payload: Action['payload'], dedup_key?: string) =>
      key(', key: [payload.x]', { payload, ...(dedup_key !== undefined && { dedup_key }) })
    const keys = await Promise.all([
      at({ x: 1 }),
      at({ x: '1' }),
      at({ x: null }),
      at({}),
      at({ x: '' }),
      at({ x: [1] }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
    expect(await at({ x: 1, y: 2 }, 'k')).toBe(keys[0])
    expect(await key(', key: [payload.y]', { payload: { x: 1, y: 1 } })).not.toBe(keys[0])
  })

  it('holds within namespace and tenant', async () => {
    const one = await key('', { dedup_key: 'k' })
    expect(await key('', { dedup_key: 'k', tenant: 't2' })).not.toBe(one)
    expect(await key('', { dedup_key: 'k', namespace: 'n2' })).not.toBe(one)
    expect(await key('', { dedup_key: 'k', namespace: 'nst', tenant: '' })).not.toBe(one)
  })

  it.each([
    ['{type: deduplicate}', '"ttl_seconds" is missing'],
    ['{type: deduplicate, ttl_seconds: 0.5}', 'at least 1'],
    ['{type: deduplicate, ttl_seconds: 2592001}', 'at most 2592000'],
    ['{type: deduplicate, ttl_seconds: "5"}', 'expected a number, found "5"'],
    ['{type: deduplicate, ttl_seconds: 5, key: []}', 'at least 1 item'],
    ['{type: deduplicate, ttl_seconds: 5, key: [payload.x, payloda.y]}', 'did you mean "payload.y"?'],
    ['{type: deduplicate, ttl_seconds: 5, ttl: 3}', 'did you mean "ttl_seconds"?'],
    ['{type: deduplicate, ttl_seconds: 5, on_failure: drop}', 'one of release, keep'],
  ])('%s is refused: %s', (action, message) => expect(problemOf(action)).toContain(message))
})

describe('throttle', () => {
  const gate = (fields = '', sent: Partial<Action> = {}, name?: string) =>
    gateOf(`{type: throttle, max_count: 3, window_seconds: 0.5${fields}}`, sent, name)

  it('counts per rule, namespace, tenant and key', async () => {
    expect(await gate(', message: slow down')).toMatchObject({
      ...{ kind: 'window', rule: 'r', limit: 3, window_ms: 500, message: 'slow down' },
    })
    const keys = await Promise.all([
      gate(),
      gate('', {}, 'r2'),
      gate('', { tenant: 't2' }),
      gate('', { namespace: 'n2' }),
      gate(', key: [payload.x]', { payload: { x: 1 } }),
      gate(', key: [payload.x]', { payload: { x: 2 } }),
    ])
    expect(new Set(keys.map(({ key }) => key)).size).toBe(keys.length)
    expect((await gate('', { payload: { x: 9 }, action_type: 'other' })).key).toBe(keys[0]!.key)
  })

  it.each([
    ['{type: throttle, max_count: 0, window_seconds: 1}', 'at least 1'],
    ['{type: throttle, max_count: 1.5, window_seconds: 1}', 'integer'],
    ['{type: throttle, max_count: 1, window_seconds: 0}', 'above 0'],
    ['{type: throttle, max_count: 1, window_second: 5}', 'did you mean "window_seconds"?'],
  ])('%s is refused: %s', (action, message) => expect(problemOf(action)).toContain(message))
})

describe('reroute and modify', () => {
  it('reroute changes the provider only', async () => {
    const { action, original_provider, ending } = await planOf('{type: reroute, target_provider: sms}', {
      payload: [1],
    })
    expect([action.provider, original_provider, action.payload, ending]).toEqual(['sms', 'email', [1], null])
  })

  it('reroute to a provider that does not exist is refused, and not checked where none are known', () => {
    expect(problemOf('{type: reroute, target_provider: slak}')).toContain(
      'unknown provider "slak"; did you mean "slack"?',
    )
    expect(problemsOf(rule('{type: reroute, target_provider: slak}'), { providers: undefined })).toEqual([])
  })

  it('modify is a merge patch (RFC 7396)', async () => {
    const { action } = await planOf('{type: modify, changes: {a: null, b: {c: 1}, l: [1], __proto__: {x: 1}}}', {
      payload: { a: 1, b: { d: 2 }, l: [3, 4], k: true },
    })
    expect(JSON.stringify(action.payload)).toBe('{"b":{"d":2,"c":1},"l":[1],"k":true,"__proto__":{"x":1}}')
    expect((await planOf('{type: modify, changes: {a: 1}}', { payload: 'text' })).action.payload).toEqual({ a: 1 })
  })
})

describe('schedule', () => {
  it('holds for a time, or until an instant', async () => {
    expect((await planOf('{type: schedule, delay_seconds: 0.5}')).ending).toEqual({
      ...{ kind: 'schedule', rule: 'r', delay_ms: 500, at_ms: null },
    })
    expect((await planOf('{type: schedule, at: "2030-01-01T01:00:00+01:00"}')).ending).toEqual({
      ...{ kind: 'schedule', rule: 'r', delay_ms: null, at_ms: Date.UTC(2030, 0, 1) },
    })
  })

  it.each([
    ['{type: schedule}', 'exactly one of delay_seconds and at'],
    ['{type: schedule, delay_seconds: 1, at: "2030-01-01T00:00:00Z"}', 'exactly one of delay_seconds and at'],
    ['{type: schedule, at: tomorrow}', 'found "tomorrow"'],
  ])('%s is refused: %s', (action, message) => expect(problemOf(action)).toContain(message))
})

describe('state_machine', () => {
  const text = '{type: state_machine, state_machine: alert, fingerprint_fields: [action_type, metadata.cluster]}'

  it('moves the event of its fingerprint, and carries what a notification needs', async () => {
    const { ending } = (await planOf(text, {
      ...{ status: 'firing', metadata: { cluster: 'prod' }, payload: { severity: 'high' } },
    })) as { ending: unknown } as { ending: TransitionEnding }
    expect(ending).toMatchObject({
      ...{ kind: 'transition', status: 'firing', action_type: 'notify', labels: { cluster: 'prod' }, severity: 'high' },
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      deliver: { action: { payload: { severity: 'high' } }, gates: [], ending: null, verdict: 'state_machine' },
      draft: { action_id: 'a-1' },
    })
  })

  it("takes the action's own fingerprint, and a severity from the labels", async () => {
    const sent = { fingerprint: 'mine', metadata: { severity: 'low' }, payload: { severity: 3 } }
    expect((await planOf(text, sent)).ending).toMatchObject({ fingerprint: 'mine', severity: 'low', status: null })
  })

  it('a machine that is not configured is refused, naming those that are', () => {
    const wrong = text.replace('state_machine: alert', 'state_machine: alrt')
    expect(problemOf(wrong)).toContain('unknown state machine "alrt"; did you mean "alert"?')
    expect(problemsOf(rule(text), { machines: new Map() }).join()).toContain('[[state_machines]]')
  })
})

describe('group', () => {
  const group = async (fields: string, sent: Partial<Action> = {}, name?: string): Promise<GroupEnding> =>
    (await planOf(`{type: group, ${fields}}`, sent, name)).ending as GroupEnding

  it('waits 30 s and closes, unless told otherwise; at most 1,000 members', async () => {
    expect(await group('group_by: [metadata.c]')).toMatchObject({
      ...{ wait_ms: 30_000, interval_ms: 0, repeat_ms: null, max_size: 1_000, group_id: 'new-id' },
    })
    const said =
      'group_by: [metadata.c], group_wait_seconds: 0.5, group_interval_seconds: 2, repeat_interval_seconds: 9, max_group_size: 2'
    expect(await group(said)).toMatchObject({ wait_ms: 500, interval_ms: 2_000, repeat_ms: 9_000, max_size: 2 })
  })

  it('what belongs together is typed, and missing is empty', async () => {
    const at = async (payload: Action['payload']) => (await group('group_by: [payload.x]', { payload })).key
    const keys = await Promise.all([at({ x: 1 }), at({ x: '1' }), at({ x: null }), at({ x: '' })])
    expect(new Set(keys).size).toBe(4)
    expect(await at({})).toBe(keys[3])
    expect(await at({ x: 1, y: 2 })).toBe(keys[0])
  })

  it.each<[string, Partial<Action>, string?]>([
    ['rule', {}, 'r2'],
    ['namespace', { namespace: 'n2' }],
    ['tenant', { tenant: 't2' }],
    ['provider', { provider: 'sms' }],
    ['action_type', { action_type: 'other' }],
  ])('another %s is another group', async (_, sent, name) => {
    expect((await group('group_by: [metadata.c]', sent, name)).key).not.toBe(
      (await group('group_by: [metadata.c]')).key,
    )
  })

  it('labels have short names, unless two would be the same', async () => {
    const sent = { payload: { zone: { a: 1 }, cluster: 'p' }, metadata: { cluster: 'm' } }
    expect(
      (await group('group_by: [payload.zone, action.metadata.cluster, payload.none, tenant]', sent)).labels,
    ).toEqual({
      ...{ zone: { a: 1 }, cluster: 'm', none: '', tenant: 't' },
    })
    expect((await group('group_by: [payload.cluster, metadata.cluster]', sent)).labels).toEqual({
      ...{ 'payload.cluster': 'p', 'metadata.cluster': 'm' },
    })
  })

  it('its public name may stand in a path as it is, and differs where the group does', async () => {
    const names = await Promise.all(
      ['a b', 'a/b', 'ä', '', '../..', 'x'.repeat(500)].map(
        async (c) => (await group('group_by: [metadata.c]', { metadata: { c } }, '"a rule/ü"')).group_key,
      ),
    )
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._~:-]{10,120}$/)
    expect(new Set(names).size).toBe(names.length)
  })

  it('keeps a member as the batch will show it, and delivers under nothing of its own', async () => {
    const { member, member_labels, deliver, draft } = await group('group_by: [metadata.c]', {
      ...{ id: 'm1', payload: { n: 1 }, metadata: { c: 'x' }, status: 's', dedup_key: 'k', fingerprint: 'f' },
      ...{ ends_at: '2020-01-01T00:00:00Z', template: 'tpl' },
    })
    expect(JSON.parse(member)).toEqual({ id: 'm1', payload: { n: 1 }, metadata: { c: 'x' }, status: 's' })
    expect(member_labels).toEqual({ c: 'x' })
    expect(deliver.action).toEqual({
      ...{ id: 'm1', namespace: 'ns', tenant: 't', provider: 'email', action_type: 'notify' },
      ...{ created_at: '2026-07-15T10:30:44Z', template: 'tpl', payload: {}, metadata: {} },
    })
    expect(deliver).toMatchObject({ gates: [], ending: null, matched_rule: 'r', verdict: 'group' })
    expect(draft).toMatchObject({ action_id: 'm1' })
  })

  it.each([
    ['{type: group}', '"group_by" is missing'],
    ['{type: group, group_by: []}', 'at least 1 item'],
    ['{type: group, group_by: [metadat.c]}', 'did you mean "metadata.c"?'],
    ['{type: group, group_by: [metadata.c], max_group_size: 0}', 'at least 1'],
    ['{type: group, group_by: [metadata.c], group_wait_second: 5}', 'did you mean "group_wait_seconds"?'],
  ])('%s is refused: %s', (action, message) => expect(problemOf(action)).toContain(message))
})

describe('what this version does not do is refused with a sentence', () => {
  it.each(['chain', 'require_approval', 'request_approval', 'llm_guardrail'])('%s', (type) => {
    expect(problemOf(`{type: ${type}}`)).toMatch(new RegExp(`"${type}" is not built yet: this version has no `))
  })

  it('and what nobody knows, with what was meant', () => {
    expect(problemOf('{type: supress}')).toContain('unknown verdict "supress"; did you mean "suppress"?')
    expect(problemOf('{type: frobnicate}')).toContain('known are suppress, deny, deduplicate')
  })
})
