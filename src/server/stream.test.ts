import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryOf } from '../audit/conformance/entries.js'
import { openMemoryAudit } from '../audit/memory/audit.js'
import { systemClock } from '../lib/clock.js'
import { listen, smallGateway, withRecords, type Listening } from './gateway.fixture.js'

interface Event {
  id?: string
  event: string
  data: Record<string, unknown>
}

/** Reads a stream as a browser does, until it is closed. */
async function open(url: string, headers: Record<string, string> = {}) {
  const over = new AbortController()
  const answer = await fetch(url, { headers, signal: over.signal })
  const events: Event[] = []
  const comments: string[] = []
  let ended = false
  const reading = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        if (block.startsWith(': ')) comments.push(block.slice(2))
        else {
          const lines = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
          events.push({ ...lines, data: JSON.parse(lines['data']!) as Record<string, unknown> } as Event)
        }
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => (ended = true))
  return {
    answer,
    events,
    comments,
    ended: () => ended,
    async has(count: number): Promise<Event[]> {
      for (let i = 0; events.length < count && i < 400; i++) await pause(5)
      return events
    },
    async close() {
      over.abort()
      await reading
    },
  }
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const ids = (events: Event[]) => events.map(({ data }) => data['action_id'])

describe('a stream', () => {
  let small: ReturnType<typeof smallGateway>
  let server: Listening
  beforeEach(async () => {
    small = smallGateway()
    server = await listen({ gateway: small.gateway, limits: { streams: 3 } })
  })
  afterEach(async () => {
    if (server.app.server.listening) await server.close()
  })
  const executed = { Executed: { status: 'success', body: { secret: 1 }, headers: { h: 'v' }, action_id: 'x' } }

  it('sends what happens from now on, each frame in the form that clients read', async () => {
    small.log.add({ action_id: 'before' })
    const stream = await open(`${server.url}/v1/stream`)
    expect([stream.answer.status, stream.answer.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    const { id } = small.log.add({ action_id: 'a1', action_type: 'send', provider: 'email', outcome: executed })
    small.log.add({
      action_id: 'a2',
      outcome: {
        type: 'Rerouted',
        original_provider: 'a',
        new_provider: 'b',
        response: { status: 'success', body: { secret: 1 }, headers: {} },
      },
    })
    small.log.add({ action_id: 'a3', outcome: 'Deduplicated' })
    small.log.add({ group_id: 'g', event_count: 2 }, { type: 'group_flushed' })
    const events = await stream.has(4)
    expect(events[0]).toEqual({
      id,
      event: 'action_dispatched',
      data: {
        id,
        timestamp: '2023-11-14T22:13:20.002Z',
        type: 'action_dispatched',
        namespace: 'shop',
        tenant: 'acme',
        action_id: 'a1',
        action_type: 'send',
        provider: 'email',
        outcome: { Executed: { status: 'success', body: null, headers: {}, action_id: 'x' } },
      },
    })
    expect(events[1]!.data['outcome']).toEqual({
      Rerouted: { original_provider: 'a', new_provider: 'b', response: { status: 'success', body: null, headers: {} } },
    })
    expect(events[2]!.data['outcome']).toBe('Deduplicated')
    expect([events[3]!.event, events[3]!.data['group_id']]).toEqual(['group_flushed', 'g'])
    await stream.close()
  })

  it('goes on from Last-Event-ID without gap or double, over many connections', async () => {
    const seen: unknown[] = []
    let last = small.log.add({ action_id: 'first' }).id
    let made = 0
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 300; i++) small.log.add({ action_id: `a${made++}` })
      const stream = await open(`${server.url}/v1/stream`, { 'last-event-id': last })
      for (let i = 0; i < 100; i++) small.log.add({ action_id: `a${made++}` })
      const events = await stream.has(round === 4 ? made - seen.length : 250)
      await stream.close()
      seen.push(...ids(events))
      last = events.at(-1)!.id!
    }
    expect(seen).toEqual(Array.from({ length: made }, (_, i) => `a${i}`))
  })

  it('says that it lags when what follows is no longer kept, and goes on with what is', async () => {
    const first = small.log.add({ action_id: 'a0' })
    for (let i = 1; i < 10; i++) small.log.add({ action_id: `a${i}` })
    small.log.forget(5)
    for (const from of [first.id, 'nonsense']) {
      const stream = await open(`${server.url}/v1/stream`, { 'last-event-id': from })
      const [lagged, ...events] = await stream.has(6)
      expect(lagged).toEqual({ event: 'lagged', data: { skipped: 1 } })
      expect(ids(events)).toEqual(['a5', 'a6', 'a7', 'a8', 'a9'])
      await stream.close()
    }
  })

  it.each([
    ['namespace=other', ['b']],
    ['tenant=acme', ['a', 'c', 'd', undefined, undefined]],
    ['action_type=send', ['a']],
    ['outcome=suppressed', ['c']],
    ['outcome=Suppressed', ['c']],
    ['event_type=group_flushed', [undefined]],
    ['group_id=g', [undefined, undefined]],
    ['action_id=d', ['d']],
    ['chain_id=c', []],
  ])('filtered by %s has only what passes', async (filter, expected) => {
    const start = small.log.add({}).id
    small.log.add({ action_id: 'a', action_type: 'send', outcome: executed })
    small.log.add({ action_id: 'b', outcome: executed }, { namespace: 'other', tenant: 'other' })
    small.log.add({ action_id: 'c', outcome: { Suppressed: { rule: 'r' } } })
    small.log.add({ action_id: 'd', outcome: 'Deduplicated' })
    small.log.add({ group_id: 'g', event_count: 1 }, { type: 'group_flushed' })
    small.log.add({ group_id: 'g', group_key: 'k' }, { type: 'group_resolved' })
    const stream = await open(`${server.url}/v1/stream?${filter}`, { 'last-event-id': start })
    await stream.has(expected.length)
    await pause(20)
    expect(ids(stream.events)).toEqual(expected)
    await stream.close()
  })

  it('of one action, group or chain begins with what happened first, unless told not to', async () => {
    small.log.add({ action_id: 'a1', outcome: executed })
    small.log.add({ action_id: 'other', outcome: executed })
    small.log.add({ group_id: 'g1', event_count: 1 }, { type: 'group_flushed' })
    const whole = await open(`${server.url}/v1/subscribe/action/a1?include_history=true`)
    const late = await open(`${server.url}/v1/subscribe/action/a1?include_history=false`)
    const group = await open(`${server.url}/v1/subscribe/group/g1`)
    small.log.add({ action_id: 'a1', new_status: 'x' }, { type: 'action_status_changed' })
    expect((await whole.has(2)).map(({ event }) => event)).toEqual(['action_dispatched', 'action_status_changed'])
    expect((await late.has(1)).map(({ event }) => event)).toEqual(['action_status_changed'])
    expect((await group.has(1)).map(({ event }) => event)).toEqual(['group_flushed'])
    for (const stream of [whole, late, group]) await stream.close()
  })

  it('is refused beyond the most that a caller may have, and taken again when one has ended', async () => {
    const streams = [
      await open(`${server.url}/v1/stream`),
      await open(`${server.url}/v1/stream/live`),
      await open(`${server.url}/v1/subscribe/action/a`),
    ]
    const refused = await server.call('GET', '/v1/stream')
    expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_STREAMS', retryable: true, limit: 3 } })
    expect(refused.headers.get('retry-after')).toBe('5')
    await streams.pop()!.close()
    let again = await open(`${server.url}/v1/stream`)
    for (let i = 0; again.answer.status === 429 && i < 100; i++) {
      await pause(10)
      again = await open(`${server.url}/v1/stream`)
    }
    expect(again.answer.status).toBe(200)
    for (const stream of [...streams, again]) await stream.close()
  })

  it(
    'whose reader takes nothing is closed with a hint, and holds no more than a little memory',
    { timeout: 30_000 },
    async () => {
      const start = small.log.add({}).id
      const socket: Socket = connect(server.port, '127.0.0.1')
      socket.write(`GET /v1/stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${start}\r\n\r\n`)
      await new Promise((resolve) => socket.once('data', resolve))
      socket.pause()
      const reason = 'x'.repeat(40_000)
      for (let i = 0; i < 600; i++) {
        small.log.add({ action_id: `a${i}`, outcome: { Suppressed: { rule: 'r', reason } } })
        if (i % 50 === 0) await pause(1)
      }
      let got = ''
      await pause(2_500)
      socket.on('data', (part) => (got += part.toString()))
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
      expect(got.slice(-400)).toContain(': too slow: more than 1 MiB was waiting; connect again with Last-Event-ID')
      // What it did get is whole, so it can go on from there.
      const events = got.split('\n\n').filter((block) => block.includes('event: '))
      expect(events.length).toBeLessThan(600)
    },
  )

  it('ends with a hint when the server stops', async () => {
    const stream = await open(`${server.url}/v1/stream`)
    const closing = server.close()
    for (let i = 0; !stream.ended() && i < 400; i++) await pause(5)
    expect(stream.comments.at(-1)).toMatch(/stopping; connect again with Last-Event-ID/)
    await closing
  })

  it('leaves nothing behind when its reader goes', async () => {
    for (let round = 0; round < 5; round++) {
      const stream = await open(`${server.url}/v1/stream`)
      small.log.add({ action_id: 'a', outcome: executed })
      await stream.has(1)
      await stream.close()
    }
    expect(small.log.listeners()).toBe(1)
  })
})

describe('the live stream', () => {
  it('tells of each action in a line, counts each second, and says what it left out', { timeout: 10_000 }, async () => {
    const small = smallGateway()
    const server = await listen({ gateway: small.gateway })
    const stream = await open(`${server.url}/v1/stream/live`)
    small.log.add({
      action_id: 's',
      action_type: 'send',
      provider: 'email',
      outcome: { Suppressed: { rule: 'quiet', reason: 'Night' } },
      verdict: 'suppress',
      matched_rule: 'quiet',
      reason: 'Night',
    })
    const [line] = await stream.has(1)
    expect(line).toEqual({
      event: 'action',
      data: {
        id: 's',
        ns: 'shop',
        tenant: 'acme',
        type: 'send',
        provider: 'email',
        rule: 'quiet',
        outcome: 'suppressed',
        result: 'held back',
        reason: 'Night',
        at: 1_700_000_000_001,
      },
    })
    for (let i = 0; i < 100; i++)
      small.log.add({ action_id: `a${i}`, action_type: 'send', provider: 'email', outcome: { Executed: {} } })
    const sum = (name: string) =>
      stream.events
        .filter(({ event }) => event === 'counts')
        .reduce((all, { data }) => all + ((data['outcomes'] as Record<string, number>)[name] ?? 0), 0)
    for (let i = 0; sum('executed') < 100 && i < 600; i++) await pause(5)
    expect([sum('executed'), sum('suppressed')]).toEqual([100, 1])
    const told = stream.events.filter(({ event }) => event === 'action').length
    const left = stream.events
      .filter(({ event }) => event === 'gap')
      .reduce((all, { data }) => all + (data['skipped'] as number), 0)
    expect(told + left).toBe(101)
    expect(left).toBeGreaterThanOrEqual(60)
    await stream.close()
    await server.close()
  })

  it('tells of what passes a filter alone, by the matcher of the lists, and counts the rest', async () => {
    const small = smallGateway()
    const server = await listen({ gateway: small.gateway })
    const stream = await open(`${server.url}/v1/stream/live?q=${encodeURIComponent('-result:delivered type:s*')}`)
    const tell = (action_id: string, action_type: string, outcome: object): void =>
      void small.log.add({ action_id, action_type, provider: 'email', matched_rule: null, outcome })
    for (let i = 0; i < 60; i++) tell(`a${i}`, i % 2 === 0 ? 'send' : 'other', { Deduplicated: {} })
    tell('sent', 'send', { Executed: {} })
    const seconds = () => stream.events.filter(({ event }) => event === 'counts').map(({ data }) => data)
    const sum = (of: (data: Record<string, unknown>) => number) => seconds().reduce((all, data) => all + of(data), 0)
    const matched = () => sum((data) => data['matched'] as number)
    for (let i = 0; matched() < 30 && i < 2_000; i++) await pause(5)
    expect(matched()).toBe(30)
    expect(sum(({ outcomes }) => (outcomes as Record<string, number>)['executed'] ?? 0)).toBe(1)
    const told = stream.events.filter(({ event }) => event === 'action').map(({ data }) => data['id'])
    expect(told.length).toBeGreaterThanOrEqual(20)
    expect(told).toEqual(Array.from({ length: 30 }, (_, i) => `a${2 * i}`).slice(0, told.length))
    const left = stream.events.filter(({ event }) => event === 'gap')
    expect(told.length + left.reduce((all, { data }) => all + (data['skipped'] as number), 0)).toBe(30)
    await stream.close()
    const refused = await server.call('GET', '/v1/stream/live?q=colour:red')
    expect(refused).toMatchObject({ status: 400, body: { problems: [{ start: 0, end: 6 }] } })
    await server.close()
  })

  it('counts what a fallback took for it, and tells whom it was for', async () => {
    const small = smallGateway()
    const audit = openMemoryAudit({ clock: systemClock, ttlMs: null })
    const server = await listen({ gateway: withRecords(small, audit) })
    const stream = await open(`${server.url}/v1/stream/live?q=provider:chat`)
    const response = { status: 'success', body: null, headers: {} } as const
    const route = { original_provider: 'email', new_provider: 'chat', response }
    await audit.append([entryOf({ id: 'a', outcome: { type: 'Rerouted', ...route } })])
    for (const [action_id, outcome] of Object.entries({ a: { Rerouted: route }, b: { Executed: response } }))
      small.log.add({ action_id, action_type: 'send', provider: 'email', matched_rule: null, outcome })
    const flows = () => stream.events.filter(({ event }) => event === 'counts').flatMap(({ data }) => data['flows'])
    for (let i = 0; flows().length < 2 && i < 2_000; i++) await pause(5)
    expect(flows()).toMatchObject([
      { provider: 'chat', outcome: 'rerouted', count: 1 },
      { provider: 'email', outcome: 'executed', count: 1 },
    ])
    const told = stream.events.filter(({ event }) => event === 'action').map(({ data }) => data)
    expect(told).toMatchObject([{ id: 'a', provider: 'chat', wanted: 'email' }])
    await stream.close()
    await server.close()
  })

  it('asks the records for what frames do not say, and says so when it does not know', async () => {
    const small = smallGateway()
    const audit = openMemoryAudit({ clock: systemClock, ttlMs: null })
    const server = await listen({ gateway: withRecords(small, audit) })
    const stream = await open(`${server.url}/v1/stream/live?q=payload.subject:"number b"`)
    await audit.append([entryOf({ id: 'a' }), entryOf({ id: 'b' })])
    for (const action_id of ['a', 'b'])
      small.log.add(
        { action_id, action_type: 'send', provider: 'email', outcome: { Executed: {} } },
        { namespace: 'ns' },
      )
    for (let i = 0; !stream.events.some(({ event }) => event === 'counts') && i < 1_000; i++) await pause(5)
    const of = (name: string) => stream.events.filter(({ event }) => event === name).map(({ data }) => data)
    expect(of('action')).toMatchObject([{ id: 'b', subject: 'number b', took: 5 }])
    expect(of('counts').map(({ matched }) => matched)).toContain(1)
    // Of this one there is no record yet.
    small.log.add({ action_id: 'c', action_type: 'send', provider: 'email', outcome: { Executed: {} } })
    for (let i = 0; of('gap').length === 0 && i < 1_000; i++) await pause(5)
    expect(of('gap')[0]).toMatchObject({ skipped: null })
    await stream.close()
    await server.close()
    await audit.close()
  })

  it('tells what becomes later of an action that it told of: a next try, its group, what it had scheduled', async () => {
    const small = smallGateway()
    const server = await listen({ gateway: small.gateway })
    const stream = await open(`${server.url}/v1/stream/live`)
    const tell = (action_id: string, outcome: object, kind?: string): void => {
      const of = { action_type: 'send', provider: 'email', verdict: 'v', matched_rule: null }
      small.log.add({ action_id, outcome, ...of, ...(kind !== undefined && { kind }) })
    }
    const failed = { Failed: { code: 'X', message: 'No.', retryable: true, attempts: 1 } }
    tell('again', failed)
    tell('again', { Executed: {} })
    tell('other', { Executed: {} })
    for (const id of ['m1', 'm2']) tell(id, { Grouped: { group_id: 'g1', group_key: 'k' } })
    tell('alone', { Grouped: { group_id: 'g2', group_key: 'k' } })
    tell('flush:g1:1', { Executed: {} }, 'flush')
    tell('due:later', { Executed: {} }, 'schedule')
    const patches = () => stream.events.filter(({ event }) => event === 'patch').map(({ data }) => data)
    for (let i = 0; patches().length < 4 && i < 2_000; i++) await pause(5)
    expect(patches().map(({ action_id, by, result }) => [action_id, by, result])).toEqual([
      ['again', 'try', 'delivered'],
      ['m1', 'group', 'delivered'],
      ['m2', 'group', 'delivered'],
      ['later', 'schedule', 'delivered'],
    ])
    await stream.close()
    await server.close()
  })
})
