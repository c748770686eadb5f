import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { memoryAudit } from '../audit/memory/audit.js'
import { ActeonError } from '../lib/errors.js'
import { memoryState } from '../state/memory/open.js'
import { assertOutcome } from './assert-outcome.js'
import { assertCalls, assertEvent, assertRecords } from './assert-world.js'
import { virtualClock } from './clock.js'
import { NodeDown } from './faults.js'
import { failing, recordingProvider } from './providers.js'
import { createSimulation, type Simulation, type SimulationOptions } from './simulation.js'

const rules = `
rules:
  - name: urgent
    condition: { field: action.payload.priority, eq: urgent }
    action: { type: reroute, target_provider: sms }
  - name: hourly
    condition: { field: action.action_type, eq: digest }
    action: { type: group, group_by: [metadata.team], group_wait_seconds: 3600 }
`
const send = (more: Record<string, unknown> = {}) => ({
  namespace: 'n',
  tenant: 't',
  provider: 'email',
  action_type: 'send',
  payload: { text: 'hello' },
  ...more,
})

let sim: Simulation
afterEach(() => sim.close())
const start = async (options: Partial<SimulationOptions> = {}): Promise<Simulation> => {
  sim = await createSimulation({ rules, providers: { email: 'recording', sms: 'recording' }, ...options })
  return sim
}

describe('time', () => {
  it('passes as far as it is told to, and what falls due on the way happens at its own time', async () => {
    await start({ start: '2026-03-01T12:00:00Z' })
    assertOutcome(await sim.dispatch(send({ action_type: 'digest' }))).grouped({ size: 1 })
    await sim.advance('30m')
    expect(new Date(sim.clock.now()).toISOString()).toBe('2026-03-01T12:30:00.000Z')
    assertCalls(sim.provider('email'), 0)
    await sim.advance('2h')
    const [flush] = assertCalls(sim.provider('email'), 1)
    expect(new Date(flush!.at).toISOString()).toBe('2026-03-01T13:00:00.000Z')
  })

  it('may jump, as on a machine that slept, and the gateway finds its way back by itself', async () => {
    await start()
    assertOutcome(await sim.dispatch(send())).executed()
    sim.clock.jump(8 * 3_600_000)
    await sim.advance('30s')
    assertOutcome(await sim.dispatch(send())).executed()
    assertCalls(sim.provider('email'), 2)
  })

  it('of a node may be an hour behind, and it joins anew after it had lost the store', async () => {
    await start({ nodes: 2 })
    sim.skewClock(0, '-1h')
    sim.partition(0)
    await sim.advance('1m')
    sim.heal(0)
    await sim.advance('1s')
    assertOutcome(await sim.node(0).dispatch(send())).executed()
  })

  it('passes in hours within moments, with many nodes and nothing to do', async () => {
    await start({ nodes: 3 })
    // The processor's time: that of a machine with other work says nothing.
    const before = process.cpuUsage()
    await sim.advance('6h')
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(4_000)
    expect((await sim.node(0).gateway.health()).ready).toBe(true)
  })

  it('passes by itself until a dispatch has its outcome, and no further', async () => {
    await start({ providers: { email: recordingProvider('email', { delayMs: 1_500 }), sms: 'recording' } })
    const began = sim.clock.now()
    assertOutcome(await sim.dispatch(send())).executed()
    expect(sim.clock.now() - began).toBe(1_500)
  })

  it('passes for all that are asked at once', async () => {
    await start({ providers: { email: recordingProvider('email', { delayMs: 1_500 }), sms: 'recording' } })
    const began = sim.clock.now()
    const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => sim.dispatch(send({ id }))))
    expect(outcomes.map(({ type }) => type)).toEqual(['Executed', 'Executed', 'Executed'])
    expect(sim.clock.now() - began).toBe(1_500)
  })

  it('says so when nothing comes of a promise', async () => {
    await start()
    await expect(sim.during(new Promise(() => {}))).rejects.toThrow('an hour of virtual time')
  })

  it('is told in units, and other words are refused', async () => {
    await start()
    await expect(async () => sim.advance('soon')).rejects.toThrow('"soon" is no time span')
  })
})

describe('what is asked', () => {
  it('is a batch, in order, with what was refused as its error', async () => {
    await start()
    const [first, second, third] = await sim.dispatchBatch([
      send(),
      { nonsense: true },
      send({ payload: { priority: 'urgent' } }),
    ])
    expect(first).toMatchObject({ type: 'Executed' })
    expect(second).toMatchObject({ code: 'INVALID_ACTION' })
    expect(third).toMatchObject({ type: 'Rerouted', new_provider: 'sms' })
  })

  it('is tried out without a trace', async () => {
    await start()
    assertOutcome(await sim.dryRun(send({ payload: { priority: 'urgent' } }))).dryRun({
      verdict: 'reroute',
      matched_rule: 'urgent',
      would_be_provider: 'sms',
    })
    assertCalls(sim.provider('sms'), 0)
    await assertRecords(sim, {}, [])
  })

  it('is anything that a gateway does', async () => {
    await start({ nodes: 2 })
    await sim.dispatch(send({ action_type: 'digest', metadata: { labels: { team: 'x' } } }))
    const [group] = await sim.groups()
    await sim.node(1).gateway.flush({ group_key: group!.group_key })
    await sim.settle()
    assertCalls(sim.provider('email'), [{ payload: { event_count: 1, reason: 'manual' }, answer: 'success' }])
    expect(sim.gateway.rules.list().map(({ name }) => name)).toEqual(['urgent', 'hourly'])
  })
})

describe('nodes', () => {
  it('refuse nothing and answer nothing once they are killed, until another takes their place', async () => {
    await start({ nodes: 2 })
    sim.kill(0)
    sim.kill(1)
    await expect(sim.node(0).dispatch(send())).rejects.toThrow(NodeDown)
    await expect(sim.dispatch(send())).rejects.toThrow('restart or heal one')
    await sim.restart(1)
    assertOutcome(await sim.dispatch(send())).executed()
    expect([sim.node(0).alive, sim.node(1).alive]).toEqual([false, true])
  })

  it('answer late what they were asked while they stood still', async () => {
    await start()
    sim.pause(0, '20s')
    const began = sim.clock.now()
    assertOutcome(await sim.node(0).dispatch(send())).executed()
    expect(sim.clock.now() - began).toBeGreaterThanOrEqual(20_000)
  })

  it('have clocks of their own, and the store has the true one', async () => {
    await start({ nodes: 2 })
    sim.skewClock(1, '-1h')
    await sim.node(1).dispatch(send({ id: 'a' }))
    const [record] = await sim.records()
    expect(record!.dispatched_at).toBe('2026-01-01T00:00:00.000Z')
    expect(sim.provider('email').calls[0]!.action.created_at).toBe('2025-12-31T23:00:00.000Z')
  })

  it('are those that the simulation has', async () => {
    await start({ nodes: 2 })
    expect(() => sim.kill(2)).toThrow('has no node 2; it has 0 to 1')
    expect(() => sim.provider('fax')).toThrow('has no provider "fax"; it has email, sms')
  })
})

describe('what it is made of', () => {
  it('refuses rules as a gateway does', async () => {
    await start()
    const wrong = createSimulation({
      rules: 'rules: [{ name: x, action: { type: reroute, target_provider: smss } }]',
      providers: { sms: 'recording' },
    })
    await expect(wrong).rejects.toMatchObject({
      code: 'RULES_INVALID',
      message: expect.stringContaining('did you mean "sms"') as string,
    })
  })

  it('keeps an embedded state where it is told to, for the next one', async () => {
    const path = mkdtempSync(join(tmpdir(), 'acteon-test-'))
    try {
      await start({ state: 'embedded', path })
      assertOutcome(await sim.dispatch(send({ id: 'kept' }))).executed()
      await sim.close()
      expect(existsSync(join(path, 'acteon.db'))).toBe(true)
      await start({ state: 'embedded', path })
      await assertRecords(sim, {}, [{ action_id: 'kept' }])
      await sim.close()
    } finally {
      rmSync(path, { recursive: true, force: true })
    }
  })

  it('takes a store of any other kind, whose answers are not there at once', async () => {
    const clock = virtualClock()
    const audit = memoryAudit({ clock, ttlMs: null })
    const store = await memoryState({ clock, audit: audit.shared, defer: (run) => void setTimeout(run, 2) })
    await start({ nodes: 2, state: { store, audit } })
    assertOutcome(await sim.dispatch(send({ id: 'a' }))).executed()
    sim.kill(0)
    await sim.advance('10s')
    assertOutcome(await sim.dispatch(send({ id: 'a' }))).executed()
    assertCalls(sim.provider('email'), 1)
  })

  it('has terms for single providers', async () => {
    await start({
      providers: { email: failing.always('execution'), sms: 'recording' },
      terms: { email: { max_retries: 0 } },
    })
    assertOutcome(await sim.dispatch(send())).failed({ attempts: 1 })
  })
})

describe('a run', () => {
  const story = async (seed: number): Promise<string> => {
    const one = await createSimulation({
      nodes: 3,
      seed,
      rules,
      providers: { email: failing.probability(0.4), sms: failing.firstN(2, 'timeout') },
    })
    for (let i = 0; i < 20; i++) {
      if (i === 7) one.kill(1)
      if (i === 9) one.failState({ after: 'commit', rate: 0.3 })
      if (i === 12) one.failState(null)
      await one.dispatch(send({ payload: { priority: i % 5 === 0 ? 'urgent' : 'low' } })).catch((error: unknown) => {
        if (!(error instanceof ActeonError)) throw error
      })
      await one.advance('7s')
    }
    const told = one.timeline()
    await one.close()
    return told
  }

  it('is the same from the same seed, and another from another', async () => {
    await start()
    const first = await story(3)
    expect(await story(3)).toBe(first)
    expect(await story(4)).not.toBe(first)
  })

  it('is told line by line: who was asked, what happened when, and why', async () => {
    await start({ nodes: 2, providers: { email: failing.firstN(1, 'connection'), sms: 'recording' } })
    await sim.node(1).dispatch(send({ id: 'a' }))
    await sim.dispatch(send({ id: 'b', payload: { priority: 'urgent' } }))
    sim.kill(0)
    const lines = sim.timeline().split('\n')
    expect(lines[0]).toBe('+00:00:00.000  client    sends a, send for email, to node-1')
    expect(lines[1]).toBe('+00:00:00.000  email     gets a from node-1')
    expect(lines[2]).toBe('+00:00:00.000  email     fails a: CONNECTION_FAILED')
    expect(lines[3]).toMatch(/^\+00:00:00\.\d{3}  email     gets a from node-1, attempt 2$/)
    expect(lines.join('\n')).toMatch(/node-\d {4}b: Rerouted by urgent \(sms\)/)
    expect(lines.at(-1)).toMatch(/fault {5}node-0 is killed$/)
  })

  it('is told as a page that shows text as text', async () => {
    await start()
    await sim.dispatch(send({ id: '<b>&amp;' }))
    const page = sim.timelineHtml()
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).toContain('sends &lt;b&gt;&amp;amp;, send for email, to node-0')
    expect(page).not.toContain('<b>')
    expect(page.match(/<th scope="col">[^<]*/g)).toEqual(
      ['time', 'client', 'node-0', 'email'].map((name) => `<th scope="col">${name}`),
    )
  })
})

describe('assertions', () => {
  it('show what was found where it differs', async () => {
    await start({ rules: undefined })
    const outcome = await sim.dispatch(send({ id: 'a' }))
    expect(() => assertOutcome(outcome).rerouted({ to: 'sms' })).toThrow('expected Rerouted, got {"type":"Executed"')
    expect(() => assertOutcome(outcome).executed({ status: 'failure' })).toThrow('expected status "failure"')
    expect(() => assertCalls(sim.provider('email'), 2)).toThrow('expected 2 calls of "email", got 1')
    expect(() => assertCalls(sim.provider('email'), [{ payload: { text: 'bye' } }])).toThrow(
      'calls of "email"[0].payload.text: expected "bye", got "hello"',
    )
    await expect(assertRecords(sim, {}, [{ outcome: 'failed' }])).rejects.toThrow(
      'records[0].outcome: expected "failed", got "executed"',
    )
    await expect(assertRecords(sim, {}, [])).rejects.toThrow('records: expected 0, got 1')
    await expect(assertEvent(sim, 'f', { state: 'firing' })).rejects.toThrow('there is no event "f"')
    await assertEvent(sim, 'f', null)
  })
})
