import type { Outcome } from '../../action/outcome.js'
import type { ActeonError } from '../../lib/errors.js'
import { StoreUnavailable } from '../../state/store.js'
import { NodeDown, type Ambush, type StateOperation } from '../faults.js'
import { recordingProvider, type FailureMode } from '../providers.js'
import { seededEntropy } from '../random.js'
import { createSimulation, type Simulation, type SimulationOptions } from '../simulation.js'

export const TTL_MS = 3_000
export const MAX_COUNT = 3
export const WINDOW_MS = 10_000
export const STALE_AFTER_MS = 40_000
export const DELAY_MS = 15_000
export const MAX_RETRIES = 3

const RULES = `
rules:
  - name: urgent
    condition: { field: action.payload.urgent, eq: true }
    action: { type: reroute, target_provider: slow }
  - name: once
    condition: { field: action.dedup_key, exists: true }
    action: { type: deduplicate, ttl_seconds: ${TTL_MS / 1_000} }
  - name: few
    condition: { field: action.action_type, eq: few }
    action: { type: throttle, max_count: ${MAX_COUNT}, window_seconds: ${WINDOW_MS / 1_000} }
  - name: together
    condition: { field: action.action_type, eq: together }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 4, group_interval_seconds: 12, max_group_size: 5 }
  - name: tracked
    condition: { field: action.action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.service] }
  - name: later
    condition: { field: action.action_type, eq: later }
    action: { type: schedule, delay_seconds: ${DELAY_MS / 1_000} }
`

const MACHINES: SimulationOptions['machines'] = [
  {
    name: 'alert',
    initial_state: 'firing',
    states: ['firing', 'acknowledged', 'resolved', 'stale'],
    transitions: [
      { from: 'firing', to: 'acknowledged' },
      { from: 'acknowledged', to: 'resolved' },
      { from: 'firing', to: 'resolved' },
    ],
    timeouts: [{ state: 'firing', after_seconds: STALE_AFTER_MS / 1_000, transition_to: 'stale' }],
  },
]

export interface Request extends Record<string, unknown> {
  id: string
  action_type: string
  dedup_key?: string
}

/** What a client asked and was told, on the true clock. */
export interface Asked {
  request: Request
  askedAt: number
  answeredAt: number
  answer: Outcome | ActeonError | NodeDown
}

/** All that an observer from outside knows of a run. */
export interface Run {
  sim: Simulation
  asked: Asked[]
  close(): Promise<void>
}

const NODES = 3
const KINDS = ['plain', 'once', 'once', 'once', 'few', 'together', 'together', 'alert', 'alert', 'later'] as const
const STATUSES = ['firing', 'firing', 'acknowledged', 'resolved', undefined] as const
const FAILURES: readonly FailureMode[] = ['execution', 'connection', 'ambiguous', 'timeout', 'rate_limited', 'rejected']
const AMBUSHED: readonly StateOperation[] = ['admit', 'complete', 'due', 'resume', 'park', 'renew']

/**
 * Three nodes, a few dozen clients and a bad day, all from one seed: requests, some repeated, while nodes are killed in
 * the middle of an operation, stand still, lose the store, have wrong clocks, and providers fail. Then all is mended, and
 * everything that was begun has time to come to its end.
 */
export async function badDay(
  seed: number,
  steps: number,
  state: NonNullable<SimulationOptions['state']>,
): Promise<Run> {
  const { random } = seededEntropy(seed * 7_919)
  const chance = (p: number): boolean => random() < p
  const below = (n: number): number => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  let calm = false
  const provider = (delayMs: number) =>
    recordingProvider('any', {
      delayMs,
      respond: (_action, { entropy }) =>
        !calm && entropy.random() < 0.25
          ? FAILURES[Math.floor(entropy.random() * FAILURES.length)]!
          : { body: { ok: true } },
    })
  const sim = await createSimulation({
    nodes: NODES,
    state,
    seed,
    rules: RULES,
    machines: MACHINES,
    executor: { timeout_seconds: 4, max_retries: MAX_RETRIES },
    providers: { fast: provider(20), slow: provider(1_500) },
  })
  const asked: Asked[] = []
  const requests: Request[] = []

  const ask = (request: Request, index: number): Promise<void> => {
    const askedAt = sim.clock.now()
    return sim
      .node(index)
      .dispatch(request)
      .catch((error: unknown) => {
        if (error instanceof NodeDown || 'code' in (error as object)) return error as ActeonError | NodeDown
        throw error
      })
      .then((answer) => void asked.push({ request, askedAt, answeredAt: sim.clock.now(), answer }))
  }

  const newRequest = (): Request => {
    const kind = pick(KINDS)
    const status = pick(STATUSES)
    return {
      id: `${kind}-${requests.length}`,
      namespace: 'n',
      tenant: 't',
      provider: 'fast',
      action_type: kind,
      payload: { n: requests.length, urgent: chance(0.3) },
      metadata: { labels: { cluster: `c${below(2)}`, service: `s${below(3)}` } },
      ...(kind === 'once' && { dedup_key: `k${below(2)}` }),
      ...(kind === 'alert' && status !== undefined && { status }),
    }
  }

  const inTheBackground: Promise<void>[] = []
  const attempt = (work: Promise<unknown>): void => {
    // What people do by hand may be refused: nothing waits in the group, the event is elsewhere.
    inTheBackground.push(
      work.then(
        () => {},
        () => {},
      ),
    )
  }

  async function byHand(): Promise<void> {
    const { gateway } = sim.node(below(NODES))
    if (chance(0.4)) {
      const group = pick(await sim.groups())
      if (group !== undefined) attempt(gateway.flush({ ...group }))
    } else if (chance(0.6)) {
      const event = pick(await sim.events())
      if (event !== undefined) attempt(gateway.transition({ ...event, to: pick(['acknowledged', 'resolved']) }))
    } else {
      const letter = pick((await sim.state.deadLetters({})).items)
      if (letter !== undefined && letter.plan.action.action_type !== 'few')
        attempt(gateway.redeliver({ id: letter.id }))
    }
  }

  /** A process that finds the store away ends again. */
  const restart = (index: number): Promise<void> =>
    sim.restart(index).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error
    })

  async function misfortune(): Promise<void> {
    const index = below(NODES)
    const node = sim.node(index)
    switch (below(7)) {
      case 0:
        if (!node.alive) return restart(index)
        return sim.kill(index)
      case 1:
        if (!node.alive) return restart(index)
        return sim.kill(index, chance(0.5) ? { after: pick(AMBUSHED) } : ({ before: pick(AMBUSHED) } as Ambush))
      case 2:
        return sim.pause(index, 1_000 + below(30_000))
      case 3:
        return sim.partition(index)
      case 4:
        return sim.heal(index)
      case 5:
        return sim.skewClock(index, below(7_200_000) - 3_600_000)
      default:
        return sim.failState(chance(0.5) ? null : { after: pick(['commit', 'nothing']), rate: 0.02 + 0.2 * random() })
    }
  }

  for (let step = 0; step < steps; step++) {
    if (requests.length > 0 && chance(0.2)) inTheBackground.push(ask(pick(requests), below(NODES)))
    for (let count = pick([0, 0, 1, 1, 2]); count > 0; count--) {
      const request = newRequest()
      requests.push(request)
      inTheBackground.push(ask(request, below(NODES)))
    }
    if (chance(0.1)) await byHand()
    if (chance(0.12)) await misfortune()
    await sim.advance(chance(0.1) ? below(20_000) : below(1_500))
  }

  calm = true
  sim.failState(null)
  for (let index = 0; index < NODES; index++) {
    sim.heal(index)
    if (!sim.node(index).alive) await sim.restart(index)
  }
  await sim.advance('10m')
  await Promise.all(inTheBackground)
  await redeliverAll(sim)
  for (const request of requests) await ask(request, below(NODES))
  await sim.advance('3m')
  return { sim, asked, close: () => sim.close() }
}

/** Every batch and notification gets its call, unless a later one of its event has overtaken it. */
async function redeliverAll(sim: Simulation): Promise<void> {
  for (const letter of (await sim.state.deadLetters({ limit: 1_000 })).items)
    if (letter.plan.action.action_type !== 'few')
      await sim.gateway.redeliver({ id: letter.id }).catch((error: ActeonError) => {
        if (!['SUPERSEDED', 'HELD_BY_OTHER', 'CONFLICT'].includes(error.code)) throw error
      })
}
