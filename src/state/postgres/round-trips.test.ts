import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresAudit } from '../../audit/postgres/audit.js'
import { testRoundTrips } from '../round-trips.fixture.js'
import type { StateStore } from '../store.js'
import { joined, op } from '../talk.fixture.js'
import { openPostgresState } from './open.js'
import { ownServer, type OwnServer } from './servers.fixture.js'

let server: OwnServer
let store: StateStore
let owner: number
let watching: pg.Client
beforeAll(async () => {
  server = await ownServer({ settings: ['shared_preload_libraries=pg_stat_statements'] })
  watching = new pg.Client({ connectionString: server.url })
  await watching.connect()
  await watching.query('CREATE EXTENSION pg_stat_statements')
  const audit = await openPostgresAudit({ url: server.url, ttlMs: null })
  await audit.close()
  // One connection, that is there: what a new one asks about its server is not a dispatch's.
  store = await openPostgresState({ url: server.url, audit: { prefix: 'acteon', ttlMs: null }, connections: 1 })
  owner = await joined(store)
})
afterAll(async () => {
  await store.close()
  await watching.end()
  await server.remove()
})

/** How many statements the server was sent meanwhile, by its own count; what functions do inside is not sent. */
async function sentDuring(act: () => Promise<unknown>): Promise<number> {
  await watching.query('SELECT pg_stat_statements_reset()')
  await act()
  const { rows } = await watching.query<{ calls: string }>(
    "SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements WHERE toplevel AND query NOT LIKE '%pg_stat_statements%'",
  )
  return Number(rows[0]!.calls)
}

describe('round trips to PostgreSQL, by its own count', () => {
  testRoundTrips(() => ({ store, owner }), sentDuring)

  it('a renewed lease, or looking for what is due: one', async () => {
    expect(await sentDuring(() => store.due({ ...op(), owner, limit: 100, machines: {} }))).toBe(1)
    expect(await sentDuring(() => store.renew({ ...op(), owner }))).toBe(1)
  })
})
