import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { expectCountsToAgree, expectStandInsToCount, trafficServer, type TrafficServer } from '../traffic.fixture.js'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

describe('figures, counts and lists on PostgreSQL', () => {
  const prefix = newPrefix()
  let server: TrafficServer
  beforeAll(async () => {
    server = await trafficServer(
      `[state]\nbackend = "postgres"\nurl = "${databaseUrl()}"\nprefix = "${prefix}"\n[audit]\nbackend = "postgres"\n`,
      { migrate: true },
    )
  })
  afterAll(async () => {
    await server.stop()
    await dropSchema(databaseUrl(), prefix)
  })

  it('are equal for any filter: figure, flow, buckets, shares, count, list', () => expectCountsToAgree(server))
  it('count what a fallback took for it', () => expectStandInsToCount(server))
})
