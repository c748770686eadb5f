/* eslint-disable @typescript-eslint/no-explicit-any -- answers are looked at as any client would, member by member. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectCountsToAgree, expectStandInsToCount, trafficServer, type TrafficServer } from './traffic.fixture.js'

describe.each(['memory', 'embedded'])('figures, counts and lists, %s', (backend) => {
  let server: TrafficServer
  beforeAll(async () => {
    server = await trafficServer(`[state]\nbackend = "${backend}"\npath = "./data"\n`)
  }, 60_000)
  afterAll(async () => server.stop())

  it('are equal for any filter: figure, flow, buckets, shares, count, list', { timeout: 120_000 }, () =>
    expectCountsToAgree(server),
  )
  it('count what a fallback took for it', () => expectStandInsToCount(server))
})

describe('figures, counts and lists', () => {
  let server: TrafficServer
  const get: TrafficServer['get'] = (...args) => server.get(...args)
  beforeAll(async () => {
    server = await trafficServer('[state]\nbackend = "memory"\n')
  }, 60_000)
  afterAll(async () => server.stop())

  it('hand out every row once, page by page, newest first, the open ones in their place, each at most 400 bytes', async () => {
    const seen: string[] = []
    const times: number[] = []
    let cursor = ''
    for (let pages = 0; pages < 50; pages++) {
      const page = (await get('/v1/actions', { q: '', limit: '4', ...(cursor !== '' && { cursor }) })).body
      for (const row of page['rows']) {
        seen.push(row.id)
        times.push(row.at)
        expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThanOrEqual(400)
      }
      if (page['next_cursor'] === undefined) break
      cursor = page['next_cursor']
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(41)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    const [first] = (await get('/v1/actions', { q: '' })).body['rows']
    expect(first).toMatchObject({ type: 'wait', outcome: 'open', result: 'waiting' })
  })

  it('say what is wrong with a filter, and where, and do not run the rest of it', async () => {
    for (const path of ['/v1/actions', '/v1/figures', '/v1/counts']) {
      const { status, body } = await get(path, { q: 'type:plain providr:email' })
      expect([status, body]).toMatchObject([
        400,
        { code: 'INVALID_REQUEST', problems: [{ start: 11, end: 18, message: expect.stringContaining('"provider"') }] },
      ])
    }
    expect((await get('/v1/actions', { q: 'outcome:throtled' })).body['error']).toContain('did you mean "throttled"?')
  })

  it('propose values with their counts, the weightiest first', async () => {
    const { body } = await get('/v1/facets', { key: 'type', q: 'tenant:acme' })
    expect(body['values'][0]).toEqual({ value: 'flood', count: 6 })
    const labels = (await get('/v1/facets', { key: 'labels.env', q: '' })).body
    expect(labels['values']).toEqual([
      { value: 'prod', count: 20 },
      { value: 'test', count: 20 },
    ])
    expect((await get('/v1/facets', { key: 'id' })).status).toBe(400)
    expect((await get('/v1/facets', { key: 'id', begins: 'ID-1' })).body['values']).toHaveLength(11)
  })

  it('tell what needs a look: what failed for good, by provider and error', async () => {
    const { items } = (await get('/v1/attention', {})).body as { items: any[] }
    expect(items.find(({ kind }) => kind === 'dead_letters')).toMatchObject({
      severity: 'broken',
      count: 4,
      sentence: expect.stringContaining('4 dead letters for broken'),
      link: { page: 'dead-letters', item: 'broken' },
    })
  })

  it('tell how many events, providers and dead letters need somebody', async () => {
    const { items, counts, last_broken } = (await get('/v1/attention')).body
    expect(counts).toEqual({
      events: { count: 0, more: false },
      // What was called last, and failed.
      providers: { count: 3, more: false },
      dead_letters: { count: 4, more: false },
    })
    expect(items.filter(({ kind }: any) => kind === 'provider').map(({ sentence }: any) => sentence)).toEqual([
      'broken is failing',
      'patient is failing',
    ])
    expect(last_broken).toBeNull()
    const broken = items.find(({ kind }: any) => kind === 'broken')
    const { q, from, to } = broken.link
    expect((await get('/v1/actions', { q, from, to })).body['total']).toBe(broken.count)
  })

  it('find several ids at once, without going through all records', async () => {
    const { rows } = (await get('/v1/actions', { q: 'id:id-3,id-1,nobody type:plain,quiet', total: 'false' })).body
    expect(rows.map(({ id }: any) => id)).toEqual(['id-3', 'id-1'])
  })
})
