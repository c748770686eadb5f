import { afterEach, describe, expect, it } from 'vitest'
import type { ActeonError } from '../lib/errors.js'
import { DeliveryError } from '../providers/provider.js'
import { assertCalls, assertEvent, assertRecords } from './assert-world.js'
import { assertOutcome } from './assert-outcome.js'
import { NodeDown } from './faults.js'
import { recordingProvider } from './providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from './simulation.js'

/** Lease, and how often others look. */
const RESUMED_WITHIN_MS = 15_500

const rules = `
rules:
  - name: once
    condition: { field: action.action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 60 }
  - name: few
    condition: { field: action.action_type, eq: few }
    action: { type: throttle, max_count: 3, window_seconds: 10 }
  - name: together
    condition: { field: action.action_type, eq: together }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 5, group_interval_seconds: 20, max_group_size: 7 }
  - name: tracked
    condition: { field: action.action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.service] }
  - name: later
    condition: { field: action.action_type, eq: later }
    action: { type: schedule, delay_seconds: 30 }
`
const machines: SimulationOptions['machines'] = [
  {
    name: 'alert',
    initial_state: 'firing',
    states: ['firing', 'acknowledged', 'resolved', 'stale'],
    transitions: [
      { from: 'firing', to: 'acknowledged' },
      { from: 'acknowledged', to: 'resolved' },
      { from: 'firing', to: 'resolved' },
    ],
    timeouts: [{ state: 'firing', after_seconds: 60, transition_to: 'stale' }],
  },
]

const send = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  namespace: 'n',
  tenant: 't',
  provider: 'email',
  action_type: 'send',
  payload: { text: `hello ${id}` },
  ...more,
})
const codeOf = (error: unknown): string => (error as ActeonError).code ?? (error as Error).name

describe.each(['memory', 'embedded'] as const)('with %s state', (state) => {
  let sim: Simulation
  const start = async (options: Partial<SimulationOptions> = {}): Promise<Simulation> => {
    sim = await createSimulation({ nodes: 3, state, rules, machines, providers: { email: 'recording' }, ...options })
    return sim
  }
  afterEach(() => sim.close())
  const slow = (delayMs: number) => ({ email: recordingProvider('email', { delayMs }) })

  it('what a killed node was delivering is resumed by another, in time, with the same key and body', async () => {
    await start({ providers: slow(2_000) })
    const asked = expect(sim.node(0).dispatch(send('a'))).rejects.toThrow(NodeDown)
    await sim.advance('1s')
    sim.kill(0)
    await asked
    const killedAt = sim.clock.now()
    await sim.advance('20s')
    const [first, second] = assertCalls(sim.provider('email'), 2)
    expect(second!.at - killedAt).toBeLessThanOrEqual(RESUMED_WITHIN_MS)
    expect(second!.action).toEqual(first!.action)
    expect(second!.context.idempotency_key).toBe(first!.context.idempotency_key)
    assertOutcome(await sim.node(1).dispatch(send('a'))).executed()
    assertCalls(sim.provider('email'), 2)
    await assertRecords(sim, {}, [{ action_id: 'a', outcome: 'executed', trace: { takeovers: 1 } }])
  })

  it.each([{ before: 'admit' }, { after: 'admit' }, { before: 'complete' }, { after: 'complete' }] as const)(
    'an id has one answer when its node ends %o',
    async (at) => {
      await start()
      sim.kill(0, at)
      await expect(sim.node(0).dispatch(send('a'))).rejects.toThrow(NodeDown)
      assertOutcome(await sim.node(1).dispatch(send('a'))).executed()
      await sim.advance('1m')
      expect(sim.provider('email').calls.length).toBe('before' in at && at.before === 'complete' ? 2 : 1)
      await assertRecords(sim, {}, [{ action_id: 'a', outcome: 'executed' }])
    },
  )

  it('answers that are lost after their commit double nothing', async () => {
    await start()
    sim.failState({ after: 'commit', rate: 0.6, operations: ['admit', 'complete', 'park', 'due'] })
    const ids = Array.from({ length: 20 }, (_, i) => `a-${i}`)
    for (const id of ids)
      await sim.dispatch(send(id)).catch((error: unknown) => expect(codeOf(error)).toBe('UNKNOWN_IF_ACCEPTED'))
    sim.failState(null)
    await sim.advance('1m')
    for (const id of ids) assertOutcome(await sim.dispatch(send(id))).executed()
    expect(
      sim
        .provider('email')
        .calls.map(({ action }) => action.id)
        .sort(),
    ).toEqual([...ids].sort())
    expect((await sim.records()).length).toBe(ids.length)
  })

  it('a node that is cut off from the state says so, accepts nothing unheard, and recovers', async () => {
    await start()
    sim.partition(0)
    const refusal = await sim
      .node(0)
      .dispatch(send('a'))
      .catch((error: unknown) => error as ActeonError)
    expect(refusal).toMatchObject({ code: 'UNKNOWN_IF_ACCEPTED', status: 503 })
    assertOutcome(await sim.node(1).dispatch(send('b'))).executed()
    await sim.advance('1m')
    expect((await sim.node(0).gateway.health()).ready).toBe(false)
    sim.heal(0)
    await sim.advance('10s')
    expect((await sim.node(0).gateway.health()).ready).toBe(true)
    assertOutcome(await sim.node(0).dispatch(send('a'))).executed()
    assertCalls(sim.provider('email'), [{ idempotency_key: 'b' }, { idempotency_key: 'a' }])
  })

  it('a node that stood still longer than its lease drops what another has finished', async () => {
    await start({ providers: slow(1_000) })
    const asked = sim.node(0).dispatch(send('a'))
    await sim.advance('500ms')
    sim.pause(0, '40s')
    await sim.advance('30s')
    assertCalls(sim.provider('email'), [
      { idempotency_key: 'a', attempt: 1 },
      { idempotency_key: 'a', attempt: 1, answer: 'success' },
    ])
    assertOutcome(await sim.node(1).dispatch(send('a'))).executed()
    assertOutcome(await asked).executed()
    await sim.advance('1m')
    assertCalls(sim.provider('email'), 2)
    await assertRecords(sim, {}, [{ action_id: 'a', outcome: 'executed', node: 'node-1' }])
  })

  it('a dedup key is held on all nodes, and while its holder is being resumed', async () => {
    await start({ providers: slow(2_000) })
    const once = (id: string) => send(id, { action_type: 'once', dedup_key: 'k' })
    const holder = expect(sim.node(0).dispatch(once('a'))).rejects.toThrow(NodeDown)
    await sim.advance('1s')
    assertOutcome(await sim.node(1).dispatch(once('b'))).deduplicated()
    sim.kill(0)
    await holder
    for (let i = 0; i < 5; i++) {
      await sim.advance('4s')
      assertOutcome(await sim.dispatch(once(`c-${i}`))).deduplicated()
    }
    await sim.advance('1m')
    assertOutcome(await sim.dispatch(once('d'))).executed()
    expect(sim.provider('email').calls.map(({ action }) => action.id)).toEqual(['a', 'a', 'd'])
  })

  it('no window is ever exceeded, and nobody is refused without need, with clocks that disagree', async () => {
    await start()
    sim.skewClock(0, '+1h')
    sim.skewClock(1, '-90s')
    const passed: number[] = []
    for (let i = 0; i < 80; i++) {
      const at = sim.clock.now()
      const outcome = await sim.node(i % 3).dispatch(send(`a-${i}`, { action_type: 'few' }))
      const within = passed.filter((time) => time > at - 10_000).length
      expect(outcome.type).toBe(within < 3 ? 'Executed' : 'Throttled')
      if (outcome.type === 'Executed') passed.push(at)
      await sim.advance(700)
    }
    expect(passed.length).toBeGreaterThan(12)
  })

  it('each member of a group is in exactly one batch, whoever is killed while it is sealed', async () => {
    await start({ providers: slow(500) })
    const accepted: string[] = []
    for (let i = 0; i < 40; i++) {
      const id = `m-${i}`
      if (i % 9 === 4) sim.kill(i % 3, i % 2 === 0 ? { after: 'due' } : { after: 'admit' })
      const member = send(id, { action_type: 'together', metadata: { labels: { cluster: `c${i % 2}` } } })
      const answer = await sim.dispatch(member).catch(() => sim.dispatch(member))
      expect(answer.type).toBe('Grouped')
      accepted.push(id)
      await sim.advance(1_000)
      for (const index of [0, 1, 2]) if (!sim.node(index).alive) await sim.restart(index)
    }
    await sim.advance('2m')
    const batches = new Map<string, string[]>()
    for (const { action, context } of sim.provider('email').calls) {
      const { events } = action.payload as { events: { id: string }[] }
      const members = events.map(({ id }) => id)
      expect(batches.get(context.idempotency_key) ?? members).toEqual(members)
      batches.set(context.idempotency_key, members)
    }
    expect([...batches.values()].flat().sort()).toEqual(accepted.sort())
  })

  it('a timeout fires once, on time, although the node that takes it is killed', async () => {
    await start()
    const fired = assertOutcome(
      await sim.node(0).dispatch(send('a', { action_type: 'alert', metadata: { labels: { service: 'api' } } })),
    ).stateChanged({ from: null, to: 'firing', notify: true })
    sim.kill(0)
    sim.kill(1, { after: 'due' })
    await sim.advance('59s')
    await assertEvent(sim, fired.fingerprint, { state: 'firing' })
    await sim.advance('2s')
    await assertEvent(sim, fired.fingerprint, { state: 'stale' })
    await sim.advance('1h')
    await assertEvent(sim, fired.fingerprint, {
      state: 'stale',
      active: false,
      history: [
        { version: 1, from: null, to: 'firing' },
        { version: 2, from: 'firing', to: 'stale' },
      ],
    })
    const told = new Set(sim.provider('email').calls.map(({ context }) => context.event!.new_state))
    expect([...told]).toEqual(['firing', 'stale'])
    await assertRecords(sim, { kind: 'transition' }, [{ outcome: 'state_changed' }])
  })

  it('notifications of an event are sent in the order of its versions, however long one takes', async () => {
    await start({
      providers: { email: recordingProvider('email', { script: ['execution', 'connection', 'timeout'] }) },
    })
    const alert = (id: string, status: string) =>
      send(id, { action_type: 'alert', status, metadata: { labels: { service: 'api' } } })
    assertOutcome(await sim.node(0).dispatch(alert('a', 'firing'))).stateChanged({ to: 'firing' })
    assertOutcome(await sim.node(1).dispatch(alert('b', 'acknowledged'))).stateChanged({ to: 'acknowledged' })
    assertOutcome(await sim.node(2).dispatch(alert('c', 'resolved'))).stateChanged({ to: 'resolved' })
    await sim.advance('2m')
    const calls = sim.provider('email').calls
    expect(calls.map(({ context }) => context.event!.version)).toEqual([1, 1, 1, 1, 2, 3])
    await assertRecords(sim, { kind: 'notification' }, [{}, {}, {}])
  })

  it('a retry that the provider asked to wait for is made at that time, although its node is gone', async () => {
    const busy = new DeliveryError('busy', { failure: 'retryable', code: 'RATE_LIMITED', retryAfterMs: 45_000 })
    await start({ providers: { email: recordingProvider('email', { script: [busy] }) } })
    const asked = assertOutcome(await sim.node(0).dispatch(send('a'))).failed({ retrying: true, retryable: false })
    sim.kill(0)
    await sim.advance('10m')
    const [first, second] = assertCalls(sim.provider('email'), [{ attempt: 1 }, { attempt: 2, answer: 'success' }])
    expect(Date.parse(asked.next_attempt_at!)).toBeLessThanOrEqual(second!.at)
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(45_000)
    expect(second!.at - first!.at).toBeLessThanOrEqual(46_000)
    assertOutcome(await sim.node(1).dispatch(send('a'))).executed()
  })

  it('a scheduled action is never early, and goes out although its node is gone', async () => {
    await start()
    assertOutcome(await sim.node(0).dispatch(send('a', { action_type: 'later' }))).scheduled()
    sim.kill(0)
    await sim.advance(29_999)
    assertCalls(sim.provider('email'), 0)
    await sim.advance(1_001)
    assertCalls(sim.provider('email'), [{ idempotency_key: 'due:a' }])
  })

  it('a node that stops in peace finishes what it has time for, and hands back the rest at once', async () => {
    await start({ providers: slow(3_000) })
    const finished = sim.node(0).dispatch(send('a'))
    await sim.advance('1s')
    await sim.stop(0, '10s')
    assertOutcome(await finished).executed()
    assertCalls(sim.provider('email'), 1)

    const cut = sim.node(1).dispatch(send('b')).catch(codeOf)
    await sim.advance('1s')
    await sim.stop(1, 0)
    const stoppedAt = sim.clock.now()
    await sim.advance('5s')
    await cut
    const [, , again] = assertCalls(sim.provider('email'), 3)
    expect(again!.at - stoppedAt).toBeLessThan(500)
    assertOutcome(await sim.node(2).dispatch(send('b'))).executed()
    await expect(sim.node(1).dispatch(send('c'))).rejects.toMatchObject({ code: 'DRAINING' })
  })

  it('a rule that is switched off is off on every node within two seconds', async () => {
    await start()
    const once = (id: string) => send(id, { action_type: 'once', dedup_key: 'k' })
    await sim.node(0).dispatch(once('a'))
    assertOutcome(await sim.node(1).dispatch(once('b'))).deduplicated()
    await sim.node(0).gateway.rules.setEnabled('once', false)
    await sim.advance('2s')
    assertOutcome(await sim.node(2).dispatch(once('c'))).executed()
  })
})
