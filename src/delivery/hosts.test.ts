import { afterEach, describe, expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { DEFAULT_BREAKER } from './circuit-terms.js'
import { hostsOf } from './hosts.js'
import { payloadHost } from '../providers/payload-request.js'
import { assertOutcome } from '../testing/assert-outcome.js'
import { virtualClock } from '../testing/clock.js'
import { recordingProvider, type Answer, type RecordingProvider } from '../testing/providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from '../testing/simulation.js'

/** A provider whose payloads name the host; `down` says how one answers that does not answer well. */
const hooks = (down: Record<string, Answer>): RecordingProvider => {
  const provider = recordingProvider('hooks', {
    respond: (action) => down[payloadHost(action) ?? 'home'] ?? { status: 'success', body: null, headers: {} },
  })
  // A simulation makes its own by name, which would have no hosts.
  return Object.assign(provider, { hostOf: payloadHost, named: () => provider })
}
const hostsCalled = ({ calls }: RecordingProvider) => calls.map(({ action }) => payloadHost(action) ?? 'home')

let sim: Simulation
const start = async (options: Partial<SimulationOptions> & Pick<SimulationOptions, 'providers'>): Promise<Simulation> =>
  (sim = await createSimulation({
    executor: { max_retries: 0 },
    circuitBreaker: { minimum_calls: 4, window_seconds: 30, recovery_timeout_seconds: 60 },
    ...options,
  }))
afterEach(() => sim?.close())

let count = 0
const to = (host: string | null, more: Record<string, unknown> = {}) =>
  sim.dispatch({
    id: `a-${++count}`,
    namespace: 'n',
    tenant: 't',
    provider: 'hooks',
    action_type: 'send',
    payload: host === null ? {} : { url: `https://${host}/${count}` },
    ...more,
  })
const times = async (n: number, host: string | null) => {
  for (let i = 0; i < n; i++) await to(host)
}

describe('a host that payloads name', () => {
  it('fails for itself: others and the configured address are called as before', async () => {
    const provider = hooks({ 'down.example': 'execution' })
    await start({ providers: { hooks: provider } })
    await times(4, 'down.example')
    assertOutcome(await to('down.example')).circuitOpen()
    assertOutcome(await to('DOWN.example.')).circuitOpen()
    assertOutcome(await to('up.example')).executed()
    assertOutcome(await to(null)).executed()
    expect(sim.gateway.breakers.list()[0]).toMatchObject({ state: 'closed', failures: 0, calls: 1 })
    expect(hostsCalled(provider).filter((host) => host === 'down.example')).toHaveLength(4)
  })

  it('is called although the configured address is down, unless a person opened the circuit', async () => {
    await start({ providers: { hooks: hooks({ home: 'execution' }) } })
    await times(4, null)
    assertOutcome(await to(null)).circuitOpen()
    assertOutcome(await to('up.example')).executed()
    await sim.gateway.breakers.trip('hooks', { id: 'ada', method: 'none' })
    assertOutcome(await to('up.example')).circuitOpen()
  })

  it('is tried by one call after its rest, which closes its circuit or opens it again', async () => {
    const down: Record<string, Answer> = { 'down.example': 'execution' }
    const provider = hooks(down)
    await start({ providers: { hooks: provider } })
    await times(4, 'down.example')
    await sim.advance('60s')
    assertOutcome(await to('down.example')).failed()
    assertOutcome(await to('down.example')).circuitOpen()
    expect(hostsCalled(provider)).toHaveLength(5)
    await sim.advance('60s')
    down['down.example'] = { status: 'success', body: null, headers: {} }
    assertOutcome(await to('down.example')).executed()
    assertOutcome(await to('down.example')).executed()
  })

  it('has a fallback stand in while its circuit is open', async () => {
    await start({
      providers: { hooks: hooks({ 'down.example': 'execution' }), mail: 'recording' },
      circuitBreaker: { minimum_calls: 4, providers: { hooks: { fallback_provider: 'mail' } } },
    })
    await times(4, 'down.example')
    assertOutcome(await to('down.example')).rerouted({ to: 'mail' })
  })

  it('that hangs takes a quarter of the places, and of the queue, and leaves the rest to others', async () => {
    const provider = hooks({ 'slow.example': 'timeout' })
    await start({
      providers: { hooks: provider },
      circuitBreaker: { minimum_calls: 4, window_seconds: 120 },
      terms: { hooks: { max_concurrent: 8, max_queue: 40, timeout_seconds: 30 } },
    })
    const waiting = Array.from({ length: 30 }, () => to('slow.example'))
    await sim.advance(0)
    expect(hostsCalled(provider)).toEqual(['slow.example', 'slow.example'])
    for (let i = 0; i < 20; i++) assertOutcome(await to(`up${i}.example`)).executed()
    await sim.advance('10m')
    await Promise.all(waiting)
    expect(hostsCalled(provider).filter((host) => host === 'slow.example').length).toBeLessThan(20)
  })
})

describe('hosts', () => {
  const clock = virtualClock(0)
  const hosts = () => hostsOf({ maxConcurrent: 2, maxQueue: 2, terms: () => DEFAULT_BREAKER, clock })

  it('have a place each, however few the provider has', () => {
    expect(hosts().of('a').maxWaiting).toBe(1)
  })

  it('are forgotten beyond a thousand, the one first that was not called for longest', () => {
    const all = hosts()
    const [first, second] = [all.of('first'), all.of('second')]
    all.of('first')
    for (let i = 0; i < 999; i++) all.of(`host-${i}`)
    expect(all.of('first')).toBe(first)
    expect(all.of('second')).not.toBe(second)
  })

  it('are not forgotten while somebody is there', async () => {
    const all = hosts()
    const busy = all.of('busy')
    await busy.slots.enter('t')
    for (let i = 0; i < 2_000; i++) all.of(`host-${i}`)
    expect(all.of('busy')).toBe(busy)
  })
})

describe('the host of a payload', () => {
  it.each<[unknown, string | undefined]>([
    [{ url: 'https://Example.COM.:8443/x' }, 'example.com'],
    [{ url: 'https://[::1]/' }, '[::1]'],
    [{ url: 'nonsense' }, ''],
    [{ url: 7 }, ''],
    [{}, undefined],
    [null, undefined],
  ])('%j', (payload, host) => expect(payloadHost({ payload } as Action)).toBe(host))
})
