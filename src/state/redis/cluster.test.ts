import { afterAll, describe, expect, it } from 'vitest'
import { stateConformance } from '../conformance.js'
import { StoreUnavailable, type StateStore } from '../store.js'
import { openRedisState } from './open.js'
import { ownCluster, until } from './servers.fixture.js'
import { newPrefix, storesOn } from './store.fixture.js'
import { admit, completing, deliver, insisting, joined } from '../talk.fixture.js'

const { url, servers } = await ownCluster()

stateConformance({ describe, it }, 'redis cluster of three', storesOn(url, 16))

describe('a cluster of which one server dies', () => {
  let store: StateStore
  afterAll(() => store.close())

  it('refuses what lies there within its time, and goes on with everything once it is back', async () => {
    store = await openRedisState({ url, prefix: newPrefix(), partitions: 16 })
    const owner = await joined(store)
    const tenants = Array.from({ length: 24 }, (_, n) => `t${n}`)
    const admissions = await Promise.all(tenants.map((tenant) => deliver(store, owner, { id: 'before', tenant })))
    await servers[1]!.kill()
    const began = performance.now()
    const answers = await Promise.allSettled(tenants.map((tenant) => admit(store, owner, { id: 'meanwhile', tenant })))
    expect(performance.now() - began).toBeLessThan(12_000)
    const refused = answers.filter((answer) => answer.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreUnavailable)
    expect((await store.health()).ok).toBe(false)
    await servers[1]!.start()
    await until('the cluster is whole', async () => (await store.health()).ok)
    for (const admission of admissions)
      expect(await insisting(() => store.complete(completing(admission)))).toMatchObject({ kind: 'done' })
    expect(store.durability.says).toMatch(/^Possible loss/)
  }, 90_000)
})
