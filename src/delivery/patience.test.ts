import { afterEach, describe, expect, it } from 'vitest'
import { assertOutcome } from '../testing/assert-outcome.js'
import { failing, recordingProvider } from '../testing/providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from '../testing/simulation.js'

const send = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  namespace: 'n',
  tenant: 't',
  provider: 'sms',
  action_type: 'send',
  payload: { text: id },
  ...more,
})

let sim: Simulation
const start = async (options: Partial<SimulationOptions>): Promise<Simulation> =>
  (sim = await createSimulation({ providers: { sms: 'recording' }, ...options }))
afterEach(() => sim.close())
const calls = (name = 'sms') => sim.provider(name).calls
const secondsOf = (from: number) => calls().map(({ at }) => (at - from) / 1_000)

/** No window of a second, wherever it begins, has more calls than this. */
function mostInASecond(): number {
  const times = calls()
    .map(({ at }) => at)
    .sort((a, b) => a - b)
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length))
}

describe('a retry_schedule', () => {
  const schedule = { retry_schedule: ['10s', '5m', '1h'], max_retries: 1 }
  const off = { enabled: false }

  it('answers at the end of the first round that it goes on, and brings the final outcome later', async () => {
    await start({ providers: { sms: failing.firstN(5) }, terms: { sms: schedule }, circuitBreaker: off })
    const began = sim.clock.now()
    const first = assertOutcome(await sim.dispatch(send('a'))).failed({ retrying: true, retryable: false, attempts: 2 })
    expect(Date.parse(first.next_attempt_at!) - sim.clock.now()).toBe(10_000)
    // The same id meets the same answer while it goes on.
    assertOutcome(await sim.dispatch(send('a'))).failed({ retrying: true, attempts: 2 })
    expect(await sim.records()).toEqual([])
    await sim.advance('2h')
    assertOutcome(await sim.dispatch(send('a'))).executed()
    const at = secondsOf(began)
    expect(at).toHaveLength(6)
    for (const [i, least] of [
      [2, 10],
      [4, 310],
    ] as const)
      expect(at[i]! - least).toBeLessThan(3)
    const [record] = await sim.records()
    expect(record!.trace.attempts.map(({ round }) => round)).toEqual([1, 1, 2, 2, 3, 3])
    expect(new Set(calls().map(({ context }) => context.idempotency_key))).toEqual(new Set(['a']))
    expect(calls().map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('ends as a dead letter with every attempt after its last round', async () => {
    await start({ providers: { sms: failing.always() }, terms: { sms: schedule }, circuitBreaker: off })
    await sim.dispatch(send('a'))
    await sim.advance('1h')
    expect((await sim.state.deadLetters({})).items).toEqual([])
    await sim.advance('10m')
    const { items } = await sim.state.deadLetters({})
    expect(items).toMatchObject([{ code: 'PROVIDER_ERROR' }])
    expect(items[0]!.attempts).toHaveLength(8)
    const records = await sim.records()
    expect(records).toMatchObject([{ outcome: 'failed', outcome_details: { attempts: 8, retryable: true } }])
  })

  it('gives up at once on what the provider refuses as it is', async () => {
    await start({
      providers: { sms: recordingProvider('sms', { script: ['execution', 'rejected'] }) },
      terms: { sms: schedule },
    })
    assertOutcome(await sim.dispatch(send('a'))).failed({ code: 'PROVIDER_REJECTED', attempts: 2 })
  })

  it('begins no round after the usefulness', async () => {
    await start({
      providers: { sms: failing.always() },
      terms: { sms: { ...schedule, deliver_within_seconds: 120 } },
      circuitBreaker: off,
    })
    assertOutcome(await sim.dispatch(send('a'))).failed({ retrying: true })
    await sim.advance('1m')
    assertOutcome(await sim.dispatch(send('a'))).failed({ code: 'EXPIRED', attempts: 4 })
  })

  it('goes on after the node that parked it was killed, also in the middle of a round', async () => {
    await start({
      nodes: 2,
      state: 'embedded',
      providers: {
        sms: recordingProvider('sms', { delayMs: 500, script: Array(4).fill('execution') as 'execution'[] }),
      },
      terms: { sms: schedule },
      circuitBreaker: off,
    })
    await sim.node(0).dispatch(send('a'))
    sim.kill(0)
    await sim.advance('10200ms')
    sim.kill(1)
    await sim.restart(0)
    await sim.advance('10m')
    assertOutcome(await sim.node(0).dispatch(send('a'))).executed()
    const records = await sim.records()
    expect(records).toHaveLength(1)
    expect(records[0]!.trace.attempts.map(({ round }) => round)).toEqual(
      [1, 1, 2, 2, 3].slice(0, records[0]!.trace.attempts.length),
    )
  })

  it('counts a round in which the circuit was open, and sends nothing in it', async () => {
    await start({ terms: { sms: schedule } })
    await sim.gateway.breakers.trip('sms')
    assertOutcome(await sim.dispatch(send('a'))).failed({ code: 'CIRCUIT_OPEN', retrying: true, attempts: 0 })
    await sim.advance('1m')
    expect(calls()).toHaveLength(0)
    await sim.gateway.breakers.reset('sms')
    await sim.advance('10m')
    assertOutcome(await sim.dispatch(send('a'))).executed()
    const record = (await sim.records()).find(({ kind }) => kind === 'dispatch')
    expect(record!.trace.attempts.map(({ round, result, code }) => [round, result, code])).toEqual([
      [1, 'retryable', 'CIRCUIT_OPEN'],
      [2, 'retryable', 'CIRCUIT_OPEN'],
      [3, 'success', undefined],
    ])
    expect(calls()[0]!.context.attempt).toBe(1)
  })

  it('can be called off between two rounds', async () => {
    await start({ providers: { sms: failing.always() }, terms: { sms: schedule }, circuitBreaker: off })
    await sim.dispatch(send('a'))
    assertOutcome(await sim.gateway.cancel({ action_id: 'a', namespace: 'n', tenant: 't' })).failed({
      code: 'CANCELLED',
    })
    await sim.advance('2h')
    expect(calls()).toHaveLength(2)
  })
})

describe('a rate_limit', () => {
  const rate = { sms: { rate_limit: 5 } }

  it('is never exceeded over all nodes, and drops nothing', async () => {
    await start({ nodes: 3, terms: rate })
    const began = sim.clock.now()
    const all = Array.from({ length: 40 }, (_, i) => sim.node(i % 3).dispatch(send(`a-${i}`)))
    const outcomes = await sim.during(Promise.all(all))
    expect(new Set(outcomes.map(({ type }) => type))).toEqual(new Set(['Executed']))
    expect(mostInASecond()).toBeLessThanOrEqual(5)
    // Nearly all of the rate is used while there is something to send.
    expect(secondsOf(began).at(-1)).toBeLessThan(12)
  })

  it('holds for steady, idle and sudden traffic alike, and counts each attempt', async () => {
    await start({ nodes: 2, terms: rate, providers: { sms: failing.everyNth(3) }, circuitBreaker: { enabled: false } })
    const all: Promise<unknown>[] = []
    for (const [i, pause] of [0, 0, 90, 350, 0, 0, 0, 1_900, 10, 0, 0, 0, 0, 0, 0, 700, 0, 3_000, 0, 0].entries()) {
      if (pause > 0) await sim.advance(pause)
      all.push(sim.node(i % 2).dispatch(send(`a-${i}`)))
    }
    await sim.during(Promise.all(all))
    expect(calls().length).toBeGreaterThan(25)
    expect(mostInASecond()).toBeLessThanOrEqual(5)
  })

  it('below one per second is kept too', async () => {
    await start({ terms: { sms: { rate_limit: 0.1 } } })
    const began = sim.clock.now()
    await sim.during(Promise.all([1, 2, 3].map((i) => sim.dispatch(send(`a-${i}`)))))
    expect(secondsOf(began)).toEqual([0, 10, 20])
  })

  it('sends nothing without a permit while the store cannot be asked, and loses nothing', async () => {
    await start({ nodes: 2, terms: rate })
    sim.failState({ after: 'nothing', rate: 1, operations: ['take'] })
    const all = [1, 2, 3].map((i) => sim.node(0).dispatch(send(`a-${i}`)))
    await sim.advance('20s')
    expect(calls()).toHaveLength(0)
    await sim.advance('40s')
    sim.failState(null)
    await sim.during(Promise.all(all))
    await sim.advance('1m')
    expect(new Set(calls().map(({ action }) => action.id)).size).toBe(3)
    expect(mostInASecond()).toBeLessThanOrEqual(5)
    expect(await sim.records({ outcome: 'executed' })).toHaveLength(3)
  })

  it('does not hold back what an ended node leaves', async () => {
    await start({ nodes: 2, terms: { sms: { rate_limit: 1 } } })
    const all = [1, 2, 3, 4].map((i) =>
      sim
        .node(0)
        .dispatch(send(`a-${i}`))
        .catch(() => null),
    )
    await sim.advance('1500ms')
    sim.kill(0)
    await sim.during(Promise.all(all))
    await sim.advance('30s')
    expect(new Set(calls().map(({ action }) => action.id)).size).toBe(4)
    expect(mostInASecond()).toBe(1)
  })
})

describe('a provider with async', () => {
  it('answers Scheduled once the action is durable, and delivers it', async () => {
    await start({
      providers: { sms: recordingProvider('sms', { delayMs: 3_000 }), email: 'recording' },
      terms: { sms: { async: true } },
    })
    const began = sim.clock.now()
    const outcome = assertOutcome(await sim.dispatch(send('a'))).scheduled()
    expect(Date.parse(outcome.scheduled_for)).toBe(began)
    expect(sim.clock.now() - began).toBeLessThan(3_000)
    await sim.advance('4s')
    assertOutcome(await sim.dispatch(send('a'))).executed()
    expect(calls()).toHaveLength(1)
    assertOutcome(await sim.dispatch(send('b', { provider: 'email' }))).executed()
  })

  it('keeps as a dead letter what its open circuit refused, because nobody heard of it', async () => {
    await start({ terms: { sms: { async: true } } })
    await sim.gateway.breakers.trip('sms')
    assertOutcome(await sim.dispatch(send('a'))).scheduled()
    await sim.settle()
    expect((await sim.state.deadLetters({})).items).toMatchObject([{ code: 'CIRCUIT_OPEN' }])
  })
})
