import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../action/outcome.js'
import { assertOutcome } from '../testing/assert-outcome.js'
import { recordingProvider, type Answer } from '../testing/providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from '../testing/simulation.js'
import { orderingLane } from './ordering.js'

const send = (id: string, order: unknown, more: Record<string, unknown> = {}) => ({
  id,
  namespace: 'n',
  tenant: 't',
  provider: 'ledger',
  action_type: 'entry',
  payload: { order },
  ...more,
})
const ordered = { ledger: { ordering_key: ['payload.order'] } }

let sim: Simulation
const start = async (options: Partial<SimulationOptions>): Promise<Simulation> =>
  (sim = await createSimulation({
    providers: { ledger: 'recording' },
    terms: ordered,
    circuitBreaker: { enabled: false },
    ...options,
  }))
afterEach(() => sim.close())

/** What arrived with one key: ids, in order, repetitions of attempts in a row left out. */
const arrived = (order: unknown): string[] =>
  sim
    .provider('ledger')
    .calls.filter(({ action }) => (action.payload as { order: unknown }).order === order)
    .map(({ action }) => action.id)
    .filter((id, i, all) => id !== all[i - 1])

describe('an ordering_key', () => {
  it('delivers one at a time, in the order of admission, over failures and waits; other keys do not wait', async () => {
    const flaky = recordingProvider('ledger', {
      delayMs: 100,
      respond: ({ id }, { entropy, context }) =>
        id.startsWith('a') && context.attempt < 4 && entropy.random() < 0.5 ? 'execution' : { body: null },
    })
    await start({ providers: { ledger: flaky } })
    const ids = Array.from({ length: 12 }, (_, i) => `a-${i}`)
    const all = ids.map((id) => sim.dispatch(send(id, 1)))
    const other = sim.dispatch(send('b', 2))
    const began = sim.clock.now()
    assertOutcome(await other).executed()
    expect(sim.clock.now() - began).toBe(100)
    for (const outcome of await sim.during(Promise.all(all))) assertOutcome(outcome).executed()
    expect(arrived(1)).toEqual(ids)
    const times = sim.provider('ledger').calls.filter(({ action }) => action.id !== 'b')
    expect(times.every(({ at }, i) => i === 0 || at - times[i - 1]!.at >= 100)).toBe(true)
  })

  it('goes on with the next when one fails for good, which then cannot be sent after it', async () => {
    const answers: Record<string, Answer> = { 'a-1': 'rejected' }
    await start({
      providers: {
        ledger: recordingProvider('ledger', { delayMs: 10, respond: ({ id }) => answers[id] ?? { body: null } }),
      },
    })
    const outcomes = await sim.during(Promise.all(['a-0', 'a-1', 'a-2'].map((id) => sim.dispatch(send(id, 1)))))
    expect(outcomes.map(({ type }) => type)).toEqual(['Executed', 'Failed', 'Executed'])
    const [letter] = (await sim.state.deadLetters({})).items
    delete answers['a-1']
    await expect(sim.gateway.redeliver({ id: letter!.id })).rejects.toMatchObject({ code: 'SUPERSEDED' })
    expect(arrived(1)).toEqual(['a-0', 'a-1', 'a-2'])
  })

  it('is kept while its head is parked for a long time', async () => {
    await start({
      providers: { ledger: recordingProvider('ledger', { script: ['execution'] }) },
      terms: {
        ledger: {
          ...ordered.ledger,
          max_retries: 0,
          retry_schedule: ['5m'],
          deliver_within_seconds: 3_600,
          async: true,
        },
      },
    })
    for (const id of ['a-0', 'a-1', 'a-2']) assertOutcome(await sim.dispatch(send(id, 1))).scheduled()
    await sim.advance('1m')
    expect(arrived(1)).toEqual(['a-0'])
    await sim.advance('5m')
    expect(sim.provider('ledger').calls.map(({ action }) => action.id)).toEqual(['a-0', 'a-0', 'a-1', 'a-2'])
  })

  it('is kept when nodes are killed in the middle', async () => {
    await start({ nodes: 3, state: 'embedded', providers: { ledger: recordingProvider('ledger', { delayMs: 1_000 }) } })
    const ids = Array.from({ length: 6 }, (_, i) => `a-${i}`)
    const all: Promise<Outcome | null>[] = []
    for (const [i, id] of ids.entries()) {
      all.push(
        sim
          .node(i % 3)
          .dispatch(send(id, 1))
          .catch(() => null),
      )
      await sim.advance('50ms')
    }
    await sim.advance('1500ms')
    sim.kill(0)
    await sim.advance('20s')
    sim.kill(1)
    await sim.advance('1m')
    await sim.during(Promise.all(all))
    expect(arrived(1)).toEqual(ids)
    expect(await sim.records({ outcome: 'executed' })).toHaveLength(6)
  })

  it('holds for what was scheduled too', async () => {
    const rules = `
rules:
  - name: later
    condition: { field: action.status, eq: later }
    action: { type: schedule, delay_seconds: 10 }
`
    await start({ rules, providers: { ledger: recordingProvider('ledger', { delayMs: 5_000 }) } })
    assertOutcome(await sim.dispatch(send('a-0', 1, { status: 'later' }))).scheduled()
    await sim.advance('8s')
    const late = [sim.dispatch(send('a-1', 1)), sim.dispatch(send('a-2', 1))]
    await sim.during(Promise.all(late))
    await sim.advance('20s')
    expect(arrived(1)).toEqual(['a-1', 'a-2', 'due:a-0'])
    const calls = sim.provider('ledger').calls
    expect(calls[2]!.at - calls[1]!.at).toBe(5_000)
  })

  it('means nothing to an action that has no value there', async () => {
    await start({ providers: { ledger: recordingProvider('ledger', { delayMs: 1_000 }) } })
    const began = sim.clock.now()
    await sim.during(Promise.all(['a', 'b', 'c'].map((id) => sim.dispatch(send(id, 1, { payload: {} })))))
    expect(sim.clock.now() - began).toBe(1_000)
  })
})

it('a lane belongs to one provider and to typed values', () => {
  const action = (order: unknown, provider = 'ledger') => ({ ...send('a', order, { provider }), metadata: {} }) as never
  const lanes = [action(1), action('1'), action(null), action([1]), action(1, 'mail')].map((one) =>
    orderingLane(one, ['payload.order']),
  )
  expect(new Set(lanes).size).toBe(5)
  expect(orderingLane(action(1), ['payload.order'])).toBe(lanes[0])
  expect(orderingLane(action(1), ['payload.none'])).toBeNull()
  expect(orderingLane(action(1), ['payload.none', 'payload.order'])).not.toBeNull()
})
