import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testRoundTrips } from '../round-trips.fixture.js'
import type { StateStore } from '../store.js'
import { joined, op } from '../talk.fixture.js'
import { openRedisState } from './open.js'
import { ownServer, type OwnServer } from './servers.fixture.js'

const PARTITIONS = 8
let server: OwnServer
let store: StateStore
let owner: number
beforeAll(async () => {
  server = await ownServer('--appendonly', 'yes')
  store = await openRedisState({ url: server.url, partitions: PARTITIONS })
  owner = await joined(store)
})
afterAll(() => store.close())

/** How many commands the server was sent meanwhile, by its own count; what scripts do inside is not sent. */
async function sentDuring(act: () => Promise<unknown>): Promise<number> {
  await server.send('CONFIG', 'RESETSTAT')
  await act()
  const stats = String(await server.send('INFO', 'commandstats'))
  const sent = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].filter(([, name]) => SENT.test(name!))
  return sent.reduce((sum, [, , calls]) => sum + Number(calls), 0)
}

/** All that a client could send for an operation; no script calls any of these. */
const SENT = /^(eval|evalsha|eval_ro|evalsha_ro|fcall|multi|exec|watch|publish|script)/

describe('round trips to Redis, by its own count', () => {
  testRoundTrips(() => ({ store, owner }), sentDuring)

  it('a renewed lease, or looking for what is due: one to each partition, sent together', async () => {
    const due = await sentDuring(() => store.due({ ...op(), owner, limit: 100, machines: {} }))
    expect(due).toBe(PARTITIONS)
    const renewed = await sentDuring(() => store.renew({ ...op(), owner }))
    expect(renewed).toBe(PARTITIONS + 1)
  })
})
