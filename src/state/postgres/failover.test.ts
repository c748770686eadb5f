import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { movingAddress } from '../moving-address.fixture.js'
import { completing, deliver, insisting, joined } from '../talk.fixture.js'
import { openPostgresState } from './open.js'
import { ownServer, ownStandby, type OwnServer } from './servers.fixture.js'

const after: (() => unknown)[] = []
afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end()
})

async function pair(): Promise<[primary: OwnServer, standby: OwnServer]> {
  const primary = await ownServer()
  after.push(() => primary.remove())
  const standby = await ownStandby(primary)
  after.push(() => standby.remove())
  return [primary, standby]
}
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await isSo()); await wait(50))
    if (Date.now() > end) throw new Error(`Waited 30 s until ${what}.`)
}

describe('when a standby takes over', () => {
  it('work goes on there, what it had not received is gone, and that is declared', async () => {
    const [primary, standby] = await pair()
    const address = await movingAddress(primary)
    after.push(() => address.close())
    const store = await openPostgresState({ url: `postgres://acteon@127.0.0.1:${address.port}/postgres`, audit: 'off' })
    after.push(() => store.close())
    const owner = await joined(store)
    const kept = await deliver(store, owner, { id: 'kept' })
    await until('the standby has it', async () => {
      const [row] = await standby.query('SELECT count(*)::int AS n FROM acteon.entry').catch(() => [])
      return row?.['n'] === 1
    })
    await standby.crash()
    await deliver(store, owner, { id: 'lost' })
    expect(store.durability).toMatchObject({ class: 'postgres', degraded: false })

    await primary.crash()
    await standby.start()
    await standby.query('SELECT pg_promote()')
    address.moveTo(standby)
    const done = await insisting(() => store.complete(completing(kept)))
    expect(done.kind).toBe('done')
    expect(store.durability).toMatchObject({
      degraded: true,
      says: expect.stringMatching(/^Possible loss: since .* another timeline/) as string,
    })
    expect((await insisting(() => store.openEntries({}))).items).toEqual([])
    expect((await insisting(() => deliver(store, owner, { id: 'lost' }))).try).toBe(1)
  }, 90_000)

  it('one that still is a standby is refused at the start', async () => {
    const [, standby] = await pair()
    await expect(openPostgresState({ url: standby.url })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/is a standby, which takes no writes; name the primary/) as string,
    })
  }, 60_000)
})
