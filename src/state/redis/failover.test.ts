import { afterEach, describe, expect, it } from 'vitest'
import { movingAddress } from '../moving-address.fixture.js'
import type { StateStore } from '../store.js'
import { admit, completing, deliver, insisting, joined } from '../talk.fixture.js'
import { openRedisState } from './open.js'
import { ownSentinels, ownServer, until, type OwnServer } from './servers.fixture.js'

const after: (() => unknown)[] = []
afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end()
})

async function pair(): Promise<[primary: OwnServer, replica: OwnServer]> {
  const primary = await ownServer('--appendonly', 'yes', '--repl-diskless-sync-delay', '0')
  const replica = await ownServer('--appendonly', 'yes', '--replicaof', '127.0.0.1', String(primary.port))
  await until('the replica follows, and its log is whole', async () => {
    const [of, log] = [await primary.send('INFO', 'replication'), await replica.send('INFO', 'persistence')]
    return /state=online/.test(String(of)) && /aof_rewrite_in_progress:0/.test(String(log))
  })
  return [primary, replica]
}
/** Waits until the replica has all that was written. */
async function replicated(primary: OwnServer, replica: OwnServer): Promise<void> {
  const offsetOf = async (server: OwnServer): Promise<string | undefined> =>
    /^master_repl_offset:(\d+)/m.exec(String(await server.send('INFO', 'replication')))?.[1]
  await until('the replica has it', async () => (await offsetOf(primary)) === (await offsetOf(replica)))
}
async function open(url: string): Promise<StateStore> {
  const store = await openRedisState({ url, partitions: 2 })
  after.push(() => store.close())
  return store
}
const hasNoticed = (store: StateStore) => async (): Promise<boolean> => {
  await store.health()
  return store.durability.possible_loss_at !== undefined
}

describe('when a replica takes over', () => {
  it('what it had not received is gone, and that is declared within two seconds', async () => {
    const [primary, replica] = await pair()
    const address = await movingAddress(primary)
    after.push(() => address.close())
    const store = await open(`redis://127.0.0.1:${address.port}`)
    const owner = await joined(store)
    await deliver(store, owner, { id: 'kept' })
    await replicated(primary, replica)
    await replica.kill()
    await deliver(store, owner, { id: 'lost' })
    expect(store.durability.possible_loss_at).toBeUndefined()

    await primary.kill()
    await replica.start()
    await replica.send('REPLICAOF', 'NO', 'ONE')
    const moved = performance.now()
    address.moveTo(replica)
    await until('it was noticed', hasNoticed(store))
    // And as much again, for a machine that is busy with other tests.
    expect(performance.now() - moved).toBeLessThan(4_000)
    expect(store.durability).toMatchObject({
      degraded: true,
      says: expect.stringMatching(/^Possible loss: since/) as string,
    })
    expect((await insisting(() => store.openEntries({}))).items.map(({ key }) => key.id)).toEqual(['kept'])
    expect((await insisting(() => admit(store, owner, { id: 'lost' }))).kind).toBe('deliver')
  }, 60_000)

  it('a connection to the old primary that still stands is left, because that takes no writes any more', async () => {
    const [primary, replica] = await pair()
    const address = await movingAddress(primary)
    after.push(() => address.close())
    const store = await open(`redis://127.0.0.1:${address.port}`)
    const owner = await joined(store)
    await replicated(primary, replica)
    await replica.send('REPLICAOF', 'NO', 'ONE')
    await primary.send('REPLICAOF', '127.0.0.1', replica.port)
    address.moveTo(replica, { kept: true })
    const admitted = await insisting(() => admit(store, owner, { id: 'a1' }))
    expect(admitted.kind).toBe('deliver')
    await until('it was noticed', hasNoticed(store))
  }, 60_000)

  it('sentinels name the new primary, and what was acknowledged before goes on there', async () => {
    const [primary, replica] = await pair()
    const url = await ownSentinels(primary)
    const store = await open(url)
    const owner = await joined(store)
    const admission = await deliver(store, owner, { id: 'a1' })
    await replicated(primary, replica)
    await primary.kill()
    expect(await insisting(() => store.complete(completing(admission)))).toMatchObject({ kind: 'done' })
    expect(String(await replica.send('ROLE'))).toMatch(/^master/)
    await until('it was noticed', hasNoticed(store))
  }, 60_000)

  it('says in a sentence when no sentinel answers, or none knows the name', async () => {
    const [primary] = await pair()
    const url = await ownSentinels(primary)
    for (const wrong of [url.replace('/main', '/other'), 'redis+sentinel://127.0.0.1:9/main'])
      await expect(openRedisState({ url: wrong }), wrong).rejects.toMatchObject({
        code: 'STATE_UNAVAILABLE',
        message: expect.stringMatching(/does not answer.*Start it, or correct \[state\] url/) as string,
      })
  }, 60_000)
})
