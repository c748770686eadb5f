import { afterEach, describe, expect, it } from 'vitest'
import { DeliveryError } from '../providers/provider.js'
import { assertOutcome } from '../testing/assert-outcome.js'
import { failing, recordingProvider, type Answer } from '../testing/providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from '../testing/simulation.js'
import { breakerProblems, fallbacksOf } from './circuit-terms.js'

const send = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  namespace: 'n',
  tenant: 't',
  provider: 'sms',
  action_type: 'send',
  payload: { text: id },
  ...more,
})
/** Four calls, half of which must fail, and a minute's rest. */
const quick = { minimum_calls: 4, window_seconds: 30, recovery_timeout_seconds: 60 }
const once = { max_retries: 0 }

let sim: Simulation
const start = async (options: Partial<SimulationOptions>): Promise<Simulation> =>
  (sim = await createSimulation({
    providers: { sms: 'recording' },
    executor: once,
    circuitBreaker: quick,
    ...options,
  }))
afterEach(() => sim.close())

let count = 0
const dispatch = (more: Record<string, unknown> = {}) => sim.dispatch(send(`a-${++count}`, more))
const times = async (n: number, more: Record<string, unknown> = {}) => {
  for (let i = 0; i < n; i++) await dispatch(more)
}
const statesOf = (provider = 'sms') =>
  [0, 1, 2].map(
    (node) =>
      sim
        .node(node)
        .gateway.breakers.list()
        .find((view) => view.provider === provider)!.state,
  )
const here = () => sim.gateway.breakers.list()[0]!
/** Down until it is mended. */
const mendable = () => {
  const health = { up: false }
  const provider = recordingProvider('sms', {
    respond: () => (health.up ? { status: 'success', body: null, headers: {} } : 'execution'),
  })
  return { health, provider }
}

describe('a circuit', () => {
  it('opens once enough calls failed, and then nothing is sent, and the caller may ask again with the same id', async () => {
    const { health, provider } = mendable()
    await start({ providers: { sms: provider } })
    await times(3)
    expect(here()).toMatchObject({ state: 'closed', calls: 3, failures: 3 })
    assertOutcome(await dispatch()).failed()
    expect(here()).toMatchObject({ state: 'open', why: 'failures', by: 'node-0' })
    const refused = await sim.dispatch(send('again'))
    expect(refused).toEqual({ type: 'CircuitOpen', provider: 'sms', fallback_chain: [], action_id: 'again' })
    expect(sim.provider('sms').calls).toHaveLength(4)
    // Only what was attempted is a dead letter.
    expect((await sim.state.deadLetters({})).items).toHaveLength(4)
    health.up = true
    await sim.advance('61s')
    assertOutcome(await sim.dispatch(send('again'))).executed()
    expect(here().state).toBe('closed')
  })

  it('stays closed while less than the share failed, and forgets what is older than its window', async () => {
    await start({ providers: { sms: failing.everyNth(3) } })
    await times(30)
    expect(here().state).toBe('closed')
    await sim.close()
    await start({ providers: { sms: failing.always() } })
    for (let i = 0; i < 6; i++) {
      await dispatch()
      await sim.advance('11s')
    }
    expect(here().state).toBe('closed')
  })

  const refusal = (status: number, failure: 'configuration' | 'final'): DeliveryError =>
    new DeliveryError('no', { failure, code: 'PROVIDER_REJECTED', status })
  it.each([
    ['a 503', 'execution', true],
    ['no connection', 'connection', true],
    ['a timeout', 'timeout', true],
    ['a reset', 'ambiguous', true],
    ['too many calls', 'rate_limited', true],
    ['a 401', 'configuration', true],
    ['a 403', refusal(403, 'configuration'), true],
    ['a 400', 'rejected', false],
    ['a 404', refusal(404, 'final'), false],
    ['a 422', refusal(422, 'final'), false],
  ] as [string, Answer, boolean][])('counts %s: %s → %s', async (_name, answer, counts) => {
    await start({
      providers: { sms: recordingProvider('sms', { respond: () => answer }) },
      executor: { ...once, timeout_seconds: 1 },
    })
    await times(4)
    expect(here().state).toBe(counts ? 'open' : 'closed')
  })

  it('is judged by retries too, and an action in the middle of them fails, on record with its attempts', async () => {
    await start({ providers: { sms: failing.always() }, executor: { max_retries: 9 } })
    const outcome = await dispatch()
    expect(outcome).toMatchObject({ type: 'Failed', code: 'CIRCUIT_OPEN', retryable: true, attempts: 4 })
    expect((await sim.state.deadLetters({})).items).toMatchObject([{ code: 'CIRCUIT_OPEN' }])
  })

  it('releases what the refused action had reserved', async () => {
    const rules = 'rules: [{ name: once, action: { type: deduplicate, ttl_seconds: 3600, key: [action.dedup_key] } }]'
    const { health, provider } = mendable()
    await start({ rules, providers: { sms: provider } })
    for (const key of 'abcd') await dispatch({ dedup_key: key })
    assertOutcome(await dispatch({ dedup_key: 'k' })).circuitOpen()
    health.up = true
    await sim.advance('61s')
    assertOutcome(await dispatch({ dedup_key: 'k' })).executed()
  })

  it('keeps as a dead letter what no caller could ask for again', async () => {
    const rules = `
rules:
  - name: together
    condition: { field: action.action_type, eq: group }
    action: { type: group, group_by: [action.tenant], group_wait_seconds: 5 }
`
    await start({ rules, providers: { sms: failing.always() } })
    await times(4)
    await dispatch({ action_type: 'group' })
    await sim.advance('6s')
    expect((await sim.state.deadLetters({ code: 'CIRCUIT_OPEN' })).items).toMatchObject([
      { origin: { kind: 'flush' }, attempts: [] },
    ])
  })
})

describe('over several nodes, a circuit', () => {
  it('that one node opens is open on all, and when it is time one probe alone tries it', async () => {
    const { health, provider } = mendable()
    await start({ nodes: 3, providers: { sms: provider } })
    for (let i = 0; i < 4; i++) await sim.node(0).dispatch(send(`x-${i}`))
    await sim.advance('1s')
    expect(statesOf()).toEqual(['open', 'open', 'open'])
    const before = sim.provider('sms').calls.length
    await sim.advance('60s')
    const all = [0, 1, 2].flatMap((node) => [0, 1, 2].map((i) => sim.node(node).dispatch(send(`probe-${node}-${i}`))))
    const outcomes = (await sim.during(Promise.all(all))).map(({ type }) => type)
    expect(sim.provider('sms').calls.length - before).toBe(1)
    expect(outcomes.filter((type) => type === 'Failed')).toHaveLength(1)
    expect(outcomes.filter((type) => type === 'CircuitOpen')).toHaveLength(8)
    await sim.advance('1s')
    expect(statesOf()).toEqual(['open', 'open', 'open'])

    health.up = true
    await sim.advance('61s')
    assertOutcome(await sim.node(2).dispatch(send('well'))).executed()
    await sim.advance('1s')
    expect(statesOf()).toEqual(['closed', 'closed', 'closed'])
    for (const node of [0, 1, 2]) assertOutcome(await sim.node(node).dispatch(send(`end-${node}`))).executed()
  })

  it('outlives the node that opened it, and a restart of all', async () => {
    const { health, provider } = mendable()
    await start({ nodes: 3, state: 'embedded', providers: { sms: provider } })
    for (let i = 0; i < 4; i++) await sim.node(0).dispatch(send(`x-${i}`))
    for (const node of [0, 1, 2]) sim.kill(node)
    for (const node of [0, 1, 2]) await sim.restart(node)
    expect(statesOf()).toEqual(['open', 'open', 'open'])
    assertOutcome(await sim.node(1).dispatch(send('no'))).circuitOpen()
    health.up = true
    await sim.advance('61s')
    assertOutcome(await sim.node(1).dispatch(send('no'))).executed()
  })

  it('whose probing node is killed is tried by another', async () => {
    const health = { up: false }
    const provider = recordingProvider('sms', {
      delayMs: 5_000,
      respond: () => (health.up ? { status: 'success', body: null, headers: {} } : 'execution'),
    })
    await start({ nodes: 2, providers: { sms: provider } })
    for (let i = 0; i < 4; i++) await sim.node(0).dispatch(send(`x-${i}`))
    await sim.advance('61s')
    health.up = true
    const asked = expect(sim.node(0).dispatch(send('probe'))).rejects.toThrow()
    await sim.advance('1s')
    expect(sim.node(1).gateway.breakers.list()[0]!.state).toBe('half_open')
    sim.kill(0)
    await asked
    assertOutcome(await sim.node(1).dispatch(send('later'))).circuitOpen()
    await sim.advance('1m')
    assertOutcome(await sim.node(1).dispatch(send('later'))).executed()
    // What the killed node had sent was resumed, refused, and asks to be tried again.
    assertOutcome(await sim.node(1).dispatch(send('probe'))).executed()
  })

  it('is opened and closed by hand on all of them, and does not close by itself', async () => {
    await start({ nodes: 3 })
    expect(await sim.node(0).gateway.breakers.trip('sms', { id: 'ada', method: 'api_key' })).toMatchObject({
      state: 'open',
      by: 'ada',
      why: 'by_hand',
      until: null,
    })
    await sim.advance('2h')
    expect(statesOf()).toEqual(['open', 'open', 'open'])
    assertOutcome(await sim.node(2).dispatch(send('a'))).circuitOpen()
    await sim.node(1).gateway.breakers.reset('sms')
    await sim.advance('1s')
    expect(statesOf()).toEqual(['closed', 'closed', 'closed'])
    assertOutcome(await sim.node(2).dispatch(send('a'))).executed()
    await expect(sim.gateway.breakers.trip('smss')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('opens where the failures are while the store cannot be asked', async () => {
    await start({ nodes: 2, providers: { sms: failing.always() } })
    await times(3)
    sim.failState({ after: 'commit', rate: 1, operations: ['casRecord'] })
    await times(8)
    sim.failState(null)
    expect(sim.provider('sms').calls.length).toBeLessThanOrEqual(8)
    await sim.advance('2s')
    expect(sim.node(0).gateway.breakers.list()[0]!.state).toBe('open')
  })
})

describe('a fallback', () => {
  const withFallback = {
    ...quick,
    providers: { sms: { fallback_provider: 'voice' }, voice: { fallback_provider: 'post' } },
  }

  it('stands in while the circuit is open, Rerouted, under its own name and the same key', async () => {
    const { health, provider } = mendable()
    await start({
      providers: { sms: provider, voice: 'recording', post: 'recording' },
      circuitBreaker: withFallback,
    })
    await times(4)
    const outcome = await sim.dispatch(send('f'))
    expect(outcome).toMatchObject({ type: 'Rerouted', original_provider: 'sms', new_provider: 'voice' })
    expect(sim.provider('voice').calls).toMatchObject([
      { action: { id: 'f', provider: 'voice' }, context: { idempotency_key: 'f' } },
    ])
    const [record] = (await sim.records()).slice(-1)
    expect(record).toMatchObject({ outcome: 'rerouted', trace: { fallbacks: ['voice'] } })
    health.up = true
    await sim.advance('61s')
    assertOutcome(await sim.dispatch(send('g'))).executed()
  })

  it('takes over in the middle of the attempts, and goes on to the next when its own circuit opens', async () => {
    await start({
      providers: { sms: failing.always(), voice: failing.always(), post: 'recording' },
      circuitBreaker: { ...withFallback, minimum_calls: 2 },
      executor: { max_retries: 4 },
    })
    expect(await dispatch()).toMatchObject({ type: 'Rerouted', new_provider: 'post' })
    const [record] = await sim.records()
    expect(record!.trace.fallbacks).toEqual(['voice', 'post'])
    expect(record!.trace.attempts.map(({ provider }) => provider)).toEqual([
      ...Array<string>(2).fill('sms'),
      ...Array<string>(2).fill('voice'),
      'post',
    ])
  })

  it('that is open too leaves CircuitOpen, which names the chain', async () => {
    await start({
      providers: { sms: 'recording', voice: 'recording', post: 'recording' },
      circuitBreaker: withFallback,
    })
    for (const name of ['sms', 'voice', 'post']) await sim.gateway.breakers.trip(name)
    expect(await dispatch()).toMatchObject({ type: 'CircuitOpen', provider: 'sms', fallback_chain: ['voice', 'post'] })
  })

  it('must exist, and chains have an end', async () => {
    await start({})
    const providers = { a: { fallback_provider: 'b' }, b: { fallback_provider: 'c' }, c: { fallback_provider: 'b' } }
    expect(fallbacksOf({ providers }, 'a')).toEqual(['b', 'c'])
    const messages = (known: string[]) =>
      breakerProblems({ providers }, new Set(known), () => undefined).map(({ path, message }) => [
        path.join('.'),
        message,
      ])
    expect(messages(['a', 'b', 'c'])).toEqual([
      ['providers.b.fallback_provider', expect.stringContaining('b → c → b')],
      ['providers.c.fallback_provider', expect.stringContaining('c → b → c')],
    ])
    expect(messages(['a', 'b'])[0]![1]).toMatch(/there is no provider "c"/)
    await expect(
      createSimulation({
        providers: { sms: 'recording' },
        circuitBreaker: { providers: { sms: { fallback_provider: 'voice' } } },
      }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

it('a provider whose circuit breaker is off is always called', async () => {
  await start({
    providers: { sms: failing.always() },
    circuitBreaker: { ...quick, providers: { sms: { enabled: false } } },
  })
  await times(20)
  expect(sim.provider('sms').calls).toHaveLength(20)
  expect(sim.gateway.breakers.list()).toEqual([])
})
