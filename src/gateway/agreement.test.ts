import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryState } from '../state/memory/open.js'
import { LEASE_MS, type StateStore } from '../state/store.js'
import { virtualClock, type VirtualClock } from '../testing/clock.js'
import { differenceText, watchAgreement, type Agreement, type Facet } from './agreement.js'

const LOOK_MS = 1_000
let clock: VirtualClock
let state: StateStore
let told: string[]
let agreements: Agreement[]
beforeEach(async () => {
  clock = virtualClock()
  state = await memoryState({ clock })
  told = []
  agreements = []
})
afterEach(async () => {
  for (const agreement of agreements) await agreement.stop()
})

let tokens = 0
const op = () => ({ token: `t${++tokens}`, deadline: clock.now() + 30_000 })

/** A node that keeps its lease as long as it is `renewing`. */
async function node(name: string, digests: Partial<Record<Facet, string>>) {
  const self = { name, digests, renewing: true, owner: (await state.join({ ...op(), node: name })).owner }
  const renew = (): void => {
    if (!self.renewing) return
    void state.renew({ ...op(), owner: self.owner })
    clock.after(LEASE_MS / 3, renew)
  }
  renew()
  const agreement = watchAgreement({
    state,
    ask: (_operation, _persist, send) => send(op()),
    lease: { owner: () => self.owner, storeNow: () => clock.now() },
    clock,
    node: name,
    digests: () => self.digests,
    observer: { log: (level, message) => told.push(`${name} ${level}: ${message}`) },
    lookEveryMs: LOOK_MS,
  })
  agreements.push(agreement)
  return Object.assign(self, { agreement })
}
const names = (agreement: Agreement, facet: Facet = 'rules') => agreement.differing(facet).map(({ node }) => node)

describe('nodes on one store', () => {
  it('say which of them run other rules, and since when, on every side', async () => {
    const [a, b, c] = [
      await node('a', { rules: '1' }),
      await node('b', { rules: '1' }),
      await node('c', { rules: '1' }),
    ]
    await clock.advance(20_000)
    for (const { agreement } of [a, b, c]) expect(names(agreement)).toEqual([])
    a.digests = { rules: '2' }
    const changedAt = clock.now()
    await clock.advance(LOOK_MS + 5_000)
    expect(names(a.agreement).sort()).toEqual(['b', 'c'])
    expect(names(b.agreement)).toEqual(['a'])
    expect(names(c.agreement)).toEqual(['a'])
    const since = b.agreement.differing('rules')[0]!.since
    expect(Date.parse(since)).toBeGreaterThanOrEqual(changedAt)
    expect(Date.parse(since)).toBeLessThanOrEqual(changedAt + LOOK_MS)
    expect(told).toContainEqual(expect.stringMatching(/^b warn: the rules of node "a" are others/))

    b.digests = c.digests = { rules: '2' }
    await clock.advance(2 * LOOK_MS)
    for (const { agreement } of [a, b, c]) expect(names(agreement)).toEqual([])
    expect(told).toContainEqual('b info: rules: all nodes have the same again')
  })

  it('say nothing while a reload is on its way to all', async () => {
    const [a, b] = [await node('a', { rules: '1' }), await node('b', { rules: '1' })]
    await clock.advance(2 * LOOK_MS)
    a.digests = { rules: '2' }
    await clock.advance(4_000)
    expect(names(b.agreement)).toEqual([])
    b.digests = { rules: '2' }
    await clock.advance(20_000)
    expect([names(a.agreement), names(b.agreement)]).toEqual([[], []])
    expect(told).toEqual([])
  })

  it('are compared in each thing by itself, and only in what both know', async () => {
    const a = await node('a', { rules: '1', configuration: 'x', access: 'k' })
    await node('b', { rules: '1', configuration: 'y' })
    await clock.advance(20_000)
    expect(names(a.agreement)).toEqual([])
    expect(names(a.agreement, 'configuration')).toEqual(['b'])
    expect(names(a.agreement, 'access')).toEqual([])
  })

  it('forget one that stopped at once, and one that was killed when its lease has run out', async () => {
    const [a, b, c] = [
      await node('a', { rules: '1' }),
      await node('b', { rules: '2' }),
      await node('c', { rules: '3' }),
    ]
    await clock.advance(20_000)
    expect(names(a.agreement).sort()).toEqual(['b', 'c'])
    await b.agreement.stop()
    await clock.advance(2 * LOOK_MS)
    expect(names(a.agreement)).toEqual(['c'])
    c.renewing = false
    c.agreement.stop = async () => {}
    await clock.advance(LEASE_MS + 2 * LOOK_MS)
    expect(names(a.agreement)).toEqual([])
  })

  it('leave no record behind of one that is gone or joined anew', async () => {
    const [a, b] = [await node('a', { rules: '1' }), await node('b', { rules: '1' })]
    await clock.advance(2 * LOOK_MS)
    await state.leave({ ...op(), owner: b.owner })
    b.owner = (await state.join({ ...op(), node: 'b' })).owner
    await clock.advance(2 * LOOK_MS)
    const kept = async () => (await state.listRecords('node-runs')).items.map(({ name }) => name).sort()
    expect(await kept()).toEqual([a.owner, b.owner].map(String).sort())
    await a.agreement.stop()
    expect(await kept()).toEqual([String(b.owner)])
  })

  it('of another version are not compared, because they may read rules otherwise', async () => {
    const a = await node('a', { rules: '1' })
    await clock.advance(LOOK_MS)
    const { owner } = await state.join({ ...op(), node: 'newer' })
    const value = { node: 'newer', version: '999.0.0', facets: { rules: { digest: '2', since: 0 } } }
    await state.casRecord({ ...op(), kind: 'node-runs', name: String(owner), version: 0, value })
    await clock.advance(10_000)
    expect(names(a.agreement)).toEqual([])
  })
})

it('a difference is told in one sentence, with the names and the earliest time', () => {
  const at = (node: string, since: string) => ({ node, since })
  expect(differenceText('rules', [at('b', '2026-01-02T00:00:00.000Z'), at('c', '2026-01-01T00:00:00.000Z')])).toBe(
    'the rules of nodes "b" and "c" are others than on this node since 2026-01-01T00:00:00.000Z; give all nodes the same files and reload them',
  )
})
