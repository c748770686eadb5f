import { afterEach, describe, expect, it } from 'vitest'
import { answer, suppressed } from '../conformance/builders.js'
import { StoreUnavailable, type StateStore } from '../store.js'
import { openRedisState, type RedisOptions } from './open.js'
import { ownServer, until, type OwnServer } from './servers.fixture.js'
import { newPrefix } from './store.fixture.js'
import { admit, completing, deliver, insisting, joined, op } from '../talk.fixture.js'

const opened: StateStore[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function open(server: OwnServer, more: Partial<RedisOptions> = {}): Promise<StateStore> {
  const store = await openRedisState({ url: server.url, prefix: newPrefix(), partitions: 4, ...more })
  opened.push(store)
  return store
}

describe('when Redis goes away', () => {
  it('loses nothing that was acknowledged, although it was killed under load', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    let owner = await insisting(() => joined(store))
    const acknowledged = new Set<string>()
    const delivered: string[] = []
    let kills = 0
    let stopping = false
    const work = async (caller: number): Promise<void> => {
      for (let n = 0; !stopping; n++) {
        const id = `a${caller}-${n}`
        const of = op()
        const admitted = await insisting(() => admit(store, owner, { id, tenant: `t${n % 7}` }, of))
        if (admitted.kind === 'not_owner') continue
        expect(admitted.kind).toBe('deliver')
        if (admitted.kind !== 'deliver') continue
        delivered.push(id)
        const done = op()
        const answer = await insisting(() => store.complete(completing(admitted.admission, done)))
        expect(answer.kind).toBe('done')
        acknowledged.add(id)
      }
    }
    const callers = Promise.all(Array.from({ length: 16 }, (_, caller) => work(caller)))
    for (; kills < 3; kills++) {
      const before = acknowledged.size
      await until('some were acknowledged', () => Promise.resolve(acknowledged.size > before + 200))
      await server.kill()
      await server.start()
      const renewed = await insisting(() => store.renew({ ...op(), owner }))
      if ('expired' in renewed) owner = await insisting(() => joined(store))
    }
    stopping = true
    await callers

    // The store may only now notice that its server is another process than before, and connect again.
    const entries = await insisting(() => store.outbox({ limit: 1_000_000 }))
    const recorded = entries.map(({ entry }) => entry.draft.action_id)
    expect(recorded.length, 'each has one record').toBe(new Set(recorded).size)
    expect([...acknowledged].filter((id) => !new Set(recorded).has(id))).toEqual([])
    expect(acknowledged.size).toBe(delivered.length)
  }, 90_000)

  it('refuses at once, says so in health, and runs nothing later of what it refused', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    expect(await store.health()).toEqual({ ok: true })
    await server.kill()
    await until('it is noticed', async () => !(await store.health()).ok)
    const began = performance.now()
    const refusals = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => admit(store, owner, { id: `lost-${n}` })),
    )
    expect(performance.now() - began).toBeLessThan(5_000)
    for (const refused of refusals) {
      expect(refused.status).toBe('rejected')
      const { reason } = refused as PromiseRejectedResult
      expect(reason).toBeInstanceOf(StoreUnavailable)
      expect((reason as StoreUnavailable).message).toMatch(/^Redis /)
    }
    expect((await store.health()).reason).toMatch(/Redis/)
    await server.start()
    await until('it is back', async () => (await store.health()).ok)
    expect((await insisting(() => store.openEntries({}))).items).toEqual([])
    await insisting(() => store.renew({ ...op(), owner }))
  }, 60_000)

  it('answers within its time when Redis is there and says nothing', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    await server.pause()
    const began = performance.now()
    const failure: unknown = await admit(store, owner, { id: 'a1' }).catch((error: unknown) => error)
    const tookMs = performance.now() - began
    await server.resume()
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect((failure as StoreUnavailable).applied).toBe('unknown')
    expect(tookMs).toBeGreaterThan(1_500)
    expect(tookMs).toBeLessThan(8_000)
    await until('it is back', async () => (await store.health()).ok)
  }, 60_000)

  it('gives the first answer to an operation whose answer was lost, and does nothing twice', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    const of = op()
    await server.pause()
    const lost = admit(store, owner, { id: 'a1' }, of).catch((error: unknown) => error)
    expect(await lost).toBeInstanceOf(StoreUnavailable)
    await server.resume()
    const again = await insisting(() => admit(store, owner, { id: 'a1' }, of))
    expect(again.kind).toBe('deliver')
    expect((await insisting(() => store.openEntries({}))).items).toHaveLength(1)
  }, 60_000)

  it('declares possible loss for ten minutes when another life of it answers', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    expect(store.durability).toMatchObject({ class: 'redis-everysec', degraded: false })
    const before = Date.now()
    await server.kill()
    await server.start()
    await until('it was noticed', async () => {
      await store.health()
      return store.durability.degraded
    })
    expect(store.durability.says).toMatch(/^Possible loss: since 20.* Redis writes its log/)
    expect(store.durability.possible_loss_at).toBeGreaterThanOrEqual(before)
  }, 60_000)

  it('declares possible loss when the store was emptied, and tells streams that frames are lost', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    await admit(store, owner, { id: 'a1', ending: answer(suppressed()) })
    const { last } = await store.frames({ after: null, limit: 10 })
    await server.send('FLUSHALL')
    expect(await store.health()).toEqual({ ok: true })
    expect(store.durability.says).toMatch(/^Possible loss/)
    expect(await store.renew({ ...op(), owner })).toMatchObject({ expired: true })
    expect(await joined(store)).toBeGreaterThan(owner)
    expect(await store.frames({ after: last, limit: 10 })).toMatchObject({ frames: [], lost: true })
  }, 60_000)

  it('goes on when the server has forgotten its scripts', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    await server.send('SCRIPT', 'FLUSH')
    const admission = await deliver(store, owner, { id: 'a1' })
    expect(await store.complete(completing(admission))).toMatchObject({ kind: 'done' })
    await server.send('CLIENT', 'KILL', 'TYPE', 'normal')
    expect(await insisting(() => admit(store, owner, { id: 'a1' }))).toMatchObject({ kind: 'replayed' })
  }, 60_000)

  it('takes nothing when it is full, and goes on when there is room', async () => {
    const server = await ownServer('--appendonly', 'yes')
    const store = await open(server)
    const owner = await joined(store)
    await server.send('CONFIG', 'SET', 'maxmemory', '1mb')
    const failure: unknown = await admit(store, owner, { id: 'a1' }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect((failure as StoreUnavailable).applied).toBe('no')
    expect((failure as StoreUnavailable).message).toMatch(/full/)
    await server.send('CONFIG', 'SET', 'maxmemory', '0')
    expect((await insisting(() => store.openEntries({}))).items).toEqual([])
    await deliver(store, owner, { id: 'a1' })
  }, 60_000)
})
