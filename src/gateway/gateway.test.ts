import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../action/outcome.js'
import { memoryAudit } from '../audit/memory/audit.js'
import { checkMachine } from '../events/machine.js'
import { systemClock } from '../lib/clock.js'
import type { ActeonError } from '../lib/errors.js'
import { memoryState } from '../state/memory/open.js'
import { StoreUnavailable, type StateStore } from '../state/store.js'
import { failing, recordingProvider, type RecordingProvider } from '../testing/providers.js'
import { createGateway, type GatewayOptions } from './create.js'
import type { Gateway } from './gateway.js'

const open: Gateway[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close()
})

async function gatewayWith(
  rules: string,
  options: Partial<GatewayOptions> & { wrap?: (state: StateStore) => StateStore } = {},
): Promise<{ gateway: Gateway; email: RecordingProvider; sms: RecordingProvider }> {
  const email = recordingProvider('email')
  const sms = recordingProvider('sms')
  const audit = memoryAudit({ clock: systemClock, ttlMs: null })
  const state = await memoryState({ clock: systemClock, audit: audit.shared })
  const { wrap = (one: StateStore) => one, ...rest } = options
  const gateway = await createGateway({
    state: wrap(state),
    audit,
    rules: { texts: [{ path: 'rules.yaml', text: rules }] },
    providers: [email, sms],
    ...rest,
  })
  open.push(gateway)
  return { gateway, email, sms }
}

const action = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  namespace: 'n',
  tenant: 't',
  provider: 'email',
  action_type: 'send',
  ...more,
})

const code = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (value) => `no error but ${JSON.stringify(value)}`,
    (error: unknown) => (error as ActeonError).code,
  )

it('an outcome is told under the name of who took it, be it a fallback', async () => {
  const told: [outcome: string, provider: string][] = []
  const { gateway } = await gatewayWith('rules: []', {
    executor: { max_retries: 0 },
    providers: [failing.always().named('email'), recordingProvider('sms')],
    circuitBreaker: { minimum_calls: 1, providers: { email: { fallback_provider: 'sms' } } },
    observer: { outcome: ({ outcome, provider }) => told.push([outcome, provider]) },
  })
  // The first opens the circuit.
  await gateway.dispatch(action())
  await gateway.dispatch(action())
  expect(told.at(-1)).toEqual(['Rerouted', 'sms'])
})

const REROUTE = `
rules:
  - name: urgent
    priority: 1
    condition: { field: action.payload.priority, eq: urgent }
    action: { type: reroute, target_provider: sms }
  - name: once
    priority: 2
    condition: { field: action.dedup_key, exists: true }
    action: { type: deduplicate, ttl_seconds: 300 }
  - name: tag
    priority: 3
    condition: { field: action.action_type, eq: send }
    action: { type: modify, changes: { tagged: true } }
  - name: never
    priority: 4
    condition: { field: action.action_type, eq: never }
    action: { type: suppress, reason: not wanted }
`

describe('a dispatch', () => {
  it('is rerouted, changed and delivered once, and is on record with its reasons', async () => {
    const { gateway, email, sms } = await gatewayWith(REROUTE)
    const outcome = await gateway.dispatch(action({ payload: { priority: 'urgent' } }))
    expect(outcome).toMatchObject({ type: 'Rerouted', original_provider: 'email', new_provider: 'sms' })
    expect(email.calls).toHaveLength(0)
    expect(sms.calls[0]!.action.payload).toEqual({ priority: 'urgent', tagged: true })
    const [record] = await gateway.audit!.ofAction(outcome.action_id!, {})
    expect(record).toMatchObject({
      outcome: 'rerouted',
      verdict: 'reroute',
      matched_rule: 'urgent',
      matched_rules: ['urgent', 'tag'],
      provider: 'sms',
    })
    expect(record!.trace.attempts).toHaveLength(1)
    expect(record!.trace.rules.find(({ rule }) => rule === 'never')).toMatchObject({
      result: 'not_matched',
      parts: [{ found: 'send', result: false }],
    })
  })

  it('with an id is answered once: the same body again is replayed, another one refused', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    const first = await gateway.submit(action({ id: 'a1' }))
    const again = await gateway.submit(action({ id: 'a1' }))
    expect([first.replayed, again.replayed, again.id_source]).toEqual([false, true, 'caller'])
    expect(again.outcome).toEqual(first.outcome)
    expect(email.calls).toHaveLength(1)
    expect(await code(gateway.dispatch(action({ id: 'a1', payload: { other: 1 } })))).toBe('ID_REUSED')
  })

  it('that comes twice at once waits for the one answer', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    const both = await Promise.all([gateway.submit(action({ id: 'a1' })), gateway.submit(action({ id: 'a1' }))])
    expect(both.map(({ outcome }) => outcome.type)).toEqual(['Executed', 'Executed'])
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true])
    expect(email.calls).toHaveLength(1)
  })

  it('of which another holds the key is a duplicate, and one that failed gives it back', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    email.reset()
    expect((await gateway.dispatch(action({ dedup_key: 'k' }))).type).toBe('Executed')
    expect((await gateway.dispatch(action({ dedup_key: 'k', payload: { n: 2 } }))).type).toBe('Deduplicated')
    const broken = await gatewayWith(REROUTE, {
      providers: [failing.firstN(1, 'rejected').named('email'), recordingProvider('sms')],
    })
    expect((await broken.gateway.dispatch(action({ dedup_key: 'k' }))).type).toBe('Failed')
    expect((await broken.gateway.dispatch(action({ dedup_key: 'k' }))).type).toBe('Executed')
  })

  it('to a provider that does not exist fails before any gate, with a suggestion', async () => {
    const { gateway } = await gatewayWith(REROUTE)
    const outcome = await gateway.dispatch(action({ provider: 'emial', dedup_key: 'k' }))
    expect(outcome).toMatchObject({ type: 'Failed', code: 'PROVIDER_NOT_FOUND', suggestion: 'email', attempts: 0 })
    expect((await gateway.dispatch(action({ dedup_key: 'k' }))).type).toBe('Executed')
    expect((await gateway.dispatch(action({ provider: 'nobody', action_type: 'never' }))).type).toBe('Suppressed')
  })

  it('on trial changes nothing and says what each gate would', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    const trial = { dry_run: true }
    expect(await gateway.dispatch(action({ dedup_key: 'k' }), trial)).toMatchObject({
      type: 'DryRun',
      verdict: 'deduplicate',
      matched_rule: 'once',
      gates: [{ rule: 'once', would: 'pass' }],
    })
    expect((await gateway.dispatch(action({ dedup_key: 'k' }))).type).toBe('Executed')
    expect(await gateway.dispatch(action({ dedup_key: 'k' }), trial)).toMatchObject({
      gates: [{ rule: 'once', would: 'refuse' }],
    })
    expect(email.calls).toHaveLength(1)
  })

  it('asynchronously is answered when it is durable, and delivered all the same', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    expect((await gateway.dispatch(action({ id: 'a1' }), { async: true })).type).toBe('Scheduled')
    await vi.waitFor(() => expect(email.calls).toHaveLength(1))
    await vi.waitFor(async () => expect((await gateway.submit(action({ id: 'a1' }))).outcome.type).toBe('Executed'))
  })

  it('in a batch is decided in order, and a bad item refuses no other', async () => {
    const { gateway } = await gatewayWith(REROUTE)
    const answers = await gateway.dispatchBatch([
      action({ dedup_key: 'k' }),
      { namespace: 'n' },
      action({ dedup_key: 'k' }),
      action({ id: 'x' }),
      action({ id: 'x' }),
    ])
    expect(answers.map((one) => ('outcome' in one ? one.outcome.type : one.code))).toEqual([
      'Executed',
      'INVALID_ACTION',
      'Deduplicated',
      'Executed',
      'Executed',
    ])
  })
})

describe('when the state store', () => {
  const dead = (when: () => boolean, applied: 'no' | 'unknown') => (state: StateStore) =>
    new Proxy(state, {
      get(target, name: keyof StateStore & string) {
        const member = target[name] as unknown
        if (name !== 'admit' || typeof member !== 'function') return member
        return (...args: unknown[]) =>
          when()
            ? Promise.reject(new StoreUnavailable('no room', applied))
            : (member as (...a: unknown[]) => unknown).apply(target, args)
      },
    })

  it('has no room, an action is refused as undecided and may be tried again', async () => {
    let full = true
    const { gateway, email } = await gatewayWith(REROUTE, { wrap: dead(() => full, 'no') })
    const refused = await gateway.dispatch(action({ id: 'a' })).catch((error: unknown) => error as ActeonError)
    expect(refused).toMatchObject({ code: 'STATE_UNAVAILABLE', retryable: true, details: { accepted: false } })
    full = false
    expect((await gateway.dispatch(action({ id: 'a' }))).type).toBe('Executed')
    expect(email.calls).toHaveLength(1)
  })

  it('is silent, the caller is told that it is unknown, and the late answer is honoured', async () => {
    let silent = true
    const { gateway, email } = await gatewayWith(REROUTE, { wrap: dead(() => silent, 'unknown') })
    expect(await code(gateway.dispatch(action({ id: 'a' })))).toBe('UNKNOWN_IF_ACCEPTED')
    silent = false
    await vi.waitFor(() => expect(email.calls).toHaveLength(1), 5_000)
    expect((await gateway.submit(action({ id: 'a' }))).outcome.type).toBe('Executed')
  })

  it('is away, only what every gate allows goes out, and that is recorded', async () => {
    const rules = `
rules:
  - name: soft
    condition: { field: action.action_type, eq: soft }
    action: { type: throttle, max_count: 1, window_seconds: 60, on_state_error: allow }
`
    const { gateway, email } = await gatewayWith(rules, { wrap: dead(() => true, 'no') })
    expect(await code(gateway.dispatch(action()))).toBe('STATE_UNAVAILABLE')
    const outcome = await gateway.dispatch(action({ action_type: 'soft' }))
    expect(outcome.type).toBe('Executed')
    expect(email.calls).toHaveLength(1)
    await vi.waitFor(async () =>
      expect((await gateway.audit!.ofAction(outcome.action_id!, {}))[0]).toMatchObject({
        verdict_details: { on_state_error: 'allow' },
      }),
    )
  })
})

describe('later', () => {
  const MACHINE = checkMachine({
    name: 'alert',
    initial_state: 'firing',
    states: ['firing', 'acknowledged', 'resolved'],
    transitions: [
      { from: 'firing', to: 'acknowledged' },
      { from: 'acknowledged', to: 'resolved' },
    ],
  }).machine!
  const RULES = `
rules:
  - name: track
    condition: { field: action.action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.cluster] }
  - name: collect
    condition: { field: action.action_type, eq: batch }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 60 }
  - name: wait
    condition: { field: action.action_type, eq: slow }
    action: { type: schedule, delay_seconds: 3600 }
`
  const start = () => gatewayWith(RULES, { machines: [MACHINE] })

  it('the story of what waits is whole, and it is called off, however much else waits and without its scope', async () => {
    const { gateway } = await start()
    const others = Array.from({ length: 1_001 }, (_, i) => action({ action_type: 'slow', id: `other-${i}` }))
    await gateway.dispatchBatch(others)
    await gateway.dispatch(action({ action_type: 'slow', id: 'last' }))
    expect(await gateway.story({ action_id: 'last' })).toMatchObject({
      status: 'scheduled',
      entry: { key: { id: 'last' }, status: 'scheduled' },
    })
    expect(await gateway.cancel({ action_id: 'last' })).toMatchObject({ type: 'Failed', code: 'CANCELLED' })
  })

  it('an event is moved by hand, each move is notified in turn, and the story tells of all', async () => {
    const { gateway, email } = await start()
    const fired = await gateway.dispatch(action({ action_type: 'alert', metadata: { cluster: 'c' }, id: 'f' }))
    expect(fired).toMatchObject({ type: 'StateChanged', previous_state: null, new_state: 'firing', notify: true })
    const { fingerprint } = fired as Extract<Outcome, { type: 'StateChanged' }>
    const moved = await gateway.transition({ fingerprint, to: 'acknowledged', comment: 'on it' })
    expect(moved).toMatchObject({ previous_state: 'firing', new_state: 'acknowledged' })
    expect(await code(gateway.transition({ fingerprint, to: 'firing' }))).toBe('TRANSITION_NOT_ALLOWED')
    expect(await code(gateway.transition({ fingerprint: 'none', to: 'firing' }))).toBe('NOT_FOUND')
    await vi.waitFor(() => expect(email.calls).toHaveLength(2))
    expect(email.calls.map(({ context }) => context.event?.new_state)).toEqual(['firing', 'acknowledged'])
    await vi.waitFor(async () => {
      const story = await gateway.story({ action_id: 'f' })
      expect(story!.event!.history.map(({ to }) => to)).toEqual(['firing', 'acknowledged'])
      expect([...story!.records, ...story!.later].map(({ kind }) => kind).sort()).toEqual([
        'dispatch',
        'notification',
        'notification',
        'transition',
      ])
    })
  })

  it('a group is sent as one message when it is flushed', async () => {
    const { gateway, email } = await start()
    for (const seq of [1, 2, 3])
      await gateway.dispatch(action({ action_type: 'batch', metadata: { cluster: 'c' }, payload: { seq } }))
    const { items } = await gateway.state.groups({})
    const flushed = await gateway.flush({ group_key: items[0]!.group_key })
    expect(flushed).toMatchObject({ group_key: items[0]!.group_key })
    await vi.waitFor(() => expect(email.calls).toHaveLength(1))
    expect(email.calls[0]!.action.payload).toMatchObject({ event_count: 3, events: [{ payload: { seq: 1 } }, {}, {}] })
    expect(await code(gateway.flush({ group_key: items[0]!.group_key }))).toBe('NOT_FOUND')
  })

  it('what is scheduled may be called off, and then is not sent', async () => {
    const { gateway } = await start()
    expect((await gateway.dispatch(action({ action_type: 'slow', id: 's' }))).type).toBe('Scheduled')
    expect(await gateway.cancel({ action_id: 's' })).toMatchObject({ type: 'Failed', code: 'CANCELLED' })
    expect(await code(gateway.cancel({ action_id: 's' }))).toMatch(/CONFLICT|NOT_FOUND/)
  })

  it('what two rules schedule waits for each of them once, and is then sent with gates passed once', async () => {
    const rules = `
rules:
  - name: once
    priority: 1
    condition: { field: action.dedup_key, exists: true }
    action: { type: throttle, max_count: 1, window_seconds: 3600 }
  - name: first
    priority: 2
    action: { type: schedule, delay_seconds: 0.05 }
  - name: second
    priority: 3
    action: { type: schedule, delay_seconds: 0.05 }
`
    const { gateway, email } = await gatewayWith(rules)
    expect((await gateway.dispatch(action({ id: 's', dedup_key: 'k' }))).type).toBe('Scheduled')
    await vi.waitFor(() => expect(email.calls).toHaveLength(1), 5_000)
    expect(email.calls[0]!.action.id).toBe('due:due:s')
  })

  it('a dead letter is edited, redelivered as the next try, and gone; another is discarded on record', async () => {
    const email = failing.firstN(2, 'rejected').named('email')
    const { gateway } = await gatewayWith('rules: []', { providers: [email] })
    await gateway.dispatch(action({ id: 'd', payload: { a: 1 } }))
    await gateway.dispatch(action({ id: 'e' }))
    const { items } = await gateway.state.deadLetters({})
    const letter = items.find(({ key }) => key.id === 'd')!
    await gateway.editDeadLetter({ id: letter.id, payload: { a: 2 } })
    expect((await gateway.redeliver({ id: letter.id })).type).toBe('Executed')
    expect(email.calls.at(-1)).toMatchObject({ action: { payload: { a: 2 } } })
    const tries = (await gateway.audit!.ofAction('d', {})).map(({ kind, try: n, outcome }) => [kind, n, outcome])
    expect(tries).toEqual([
      ['dispatch', 1, 'failed'],
      ['dead_letter', 1, 'failed'],
      ['dispatch', 2, 'executed'],
    ])
    const other = items.find(({ key }) => key.id === 'e')!
    await gateway.discardDeadLetter({ id: other.id, reason: 'known' })
    expect((await gateway.state.deadLetters({})).items).toEqual([])
  })

  it('a dead letter is past its use after what its rule allows, and told of what its event had delivered since', async () => {
    const rules = `
rules:
  - name: brief
    priority: 1
    condition: { field: action.action_type, eq: brief }
    deliver_within_seconds: 0.05
    action: { type: allow }
  - name: track
    priority: 2
    condition: { field: action.status, exists: true }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [payload.host] }
`
    const email = failing.firstN(2, 'rejected').named('email')
    const sms = failing.firstN(1, 'rejected').named('sms')
    const machines = [
      checkMachine({
        name: 'alert',
        initial_state: 'firing',
        states: ['firing', 'resolved'],
        transitions: [{ from: 'firing', to: 'resolved' }],
      }).machine!,
    ]
    const { gateway } = await gatewayWith(rules, { providers: [email, sms], machines })
    await gateway.dispatch(action({ id: 'b', action_type: 'brief', provider: 'sms' }))
    await gateway.dispatch(action({ id: 'f', status: 'firing', payload: { host: 'db' } }))
    const failed = async (count: number) =>
      vi.waitFor(async () => {
        const { items } = await gateway.state.deadLetters({})
        expect(items).toHaveLength(count)
        return items.toReversed()
      })
    await failed(2)
    await gateway.dispatch(action({ id: 'k', fingerprint: 'same' }))
    const letters = await failed(3)
    const marks = () => gateway.letterMarks(letters, { id: 'x', method: 'none' })
    expect((await marks()).map(({ deliveredSince }) => deliveredSince)).toEqual([null, null, null])

    await gateway.dispatch(action({ id: 'r', status: 'resolved', payload: { host: 'db' } }))
    await gateway.dispatch(action({ id: 'l', fingerprint: 'same' }))
    await gateway.dispatch(action({ id: 'm', fingerprint: 'same', tenant: 'other' }))
    await vi.waitFor(async () =>
      expect(await marks()).toMatchObject([
        { pastUseSince: expect.any(Number) as number, deliveredSince: null },
        { pastUseSince: null, deliveredSince: { action_id: expect.stringMatching(/^notify:/) as string } },
        { pastUseSince: null, deliveredSince: { action_id: 'l', provider: 'email' } },
      ]),
    )
    // More of others' deliveries than are looked at first.
    for (const id of ['n1', 'n2', 'n3'])
      await gateway.dispatch(action({ id, fingerprint: 'same', action_type: 'other' }))
    expect((await marks())[2]).toMatchObject({ deliveredSince: { action_id: 'n3' } })
    const narrow = await gateway.letterMarks(letters, {
      id: 'x',
      method: 'none',
      sees: ({ action_type }) => action_type !== 'other',
    })
    expect(narrow[2]).toMatchObject({ deliveredSince: { action_id: 'l' } })
    const blind = await gateway.letterMarks(letters, { id: 'x', method: 'none', sees: () => false })
    expect(blind.map(({ deliveredSince }) => deliveredSince)).toEqual([null, null, null])
  })

  it('a recorded action is replayed with its true payload under a new id', async () => {
    const { gateway, email } = await gatewayWith(REROUTE)
    await gateway.dispatch(action({ id: 'r', payload: { password: 'hunter2' } }))
    const replayed = await gateway.replay({ action_id: 'r' })
    expect(replayed).toMatchObject({ original_action_id: 'r', success: true })
    expect(email.calls[1]!.action).toMatchObject({
      id: replayed.new_action_id,
      payload: { password: 'hunter2' },
      metadata: { replayed_from: 'r' },
    })
    const records = (await gateway.audit!.query({})).records
    expect(JSON.stringify(records)).not.toContain('hunter2')
  })
})

describe('rules', () => {
  it('are switched off and on again without their files, and the version tells', async () => {
    const { gateway } = await gatewayWith(REROUTE)
    const before = gateway.rules.status().version
    expect(await gateway.rules.setEnabled('never', false)).toMatchObject({ enabled: false, switched: false })
    expect(gateway.rules.status().version).not.toBe(before)
    expect((await gateway.dispatch(action({ action_type: 'never' }))).type).toBe('Executed')
    await gateway.rules.setEnabled('never', null)
    expect(gateway.rules.status().version).toBe(before)
    expect((await gateway.dispatch(action({ action_type: 'never' }))).type).toBe('Suppressed')
    expect(await code(gateway.rules.setEnabled('nevr', false))).toBe('NOT_FOUND')
  })
})

it('a gateway that cannot start leaves nothing running', async () => {
  const state = await memoryState()
  const start = createGateway({ state, rules: { texts: [{ path: 'rules.yaml', text: 'rules: [{ name: x }]' }] } })
  expect(await code(start)).toBe('RULES_INVALID')
  await vi.waitFor(async () => {
    const [node] = await state.nodes()
    expect(node!.lease_until).toBeLessThanOrEqual(Date.now())
  })
  await state.close()
})

it('who waits for what a stopping node hands back is told at once, and the work is open for the next node', async () => {
  const admitted: (() => void)[] = []
  const { gateway, email } = await gatewayWith('rules: []', {
    // The admission is committed, and its answer comes when the node has stopped delivering.
    wrap: (state) =>
      new Proxy(state, {
        get(target, name) {
          const member = Reflect.get(target, name) as unknown
          if (name !== 'admit') return typeof member === 'function' ? (member.bind(target) as unknown) : member
          return async (request: Parameters<StateStore['admit']>[0]) => {
            const answer = await target.admit(request)
            await new Promise<void>((resolve) => admitted.push(resolve))
            return answer
          }
        },
      }),
  })
  const refused = code(gateway.dispatch(action({ id: 'late' })))
  await vi.waitFor(() => expect(admitted).toHaveLength(1))
  const closing = gateway.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  admitted[0]!()
  expect(await refused).toBe('DRAINING')
  await closing
  expect(email.calls).toEqual([])
  const { items } = await gateway.state.openEntries({})
  expect(items.map(({ key }) => key.id)).toEqual(['late'])
}, 10_000)
