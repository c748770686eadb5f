import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entryOf, executed, suppressed } from '../audit/conformance/entries.js'
import { openMemoryAudit } from '../audit/memory/audit.js'
import { systemClock, type Clock } from '../lib/clock.js'
import { listen, smallGateway, withRecords, type Listening } from './gateway.fixture.js'

const NOW = Date.UTC(2026, 0, 20, 10, 15, 30)
const FROM = Date.UTC(2026, 0, 20, 10)
const clock: Clock = { ...systemClock, now: () => NOW }

describe('counts', () => {
  let server: Listening
  beforeAll(async () => {
    const audit = openMemoryAudit({ clock, ttlMs: null })
    const entries = Array.from({ length: 10_500 }, (_, i) =>
      entryOf({ id: `${i}`, at: FROM + (i % 900) * 1_000, outcome: i % 2 === 0 ? executed : suppressed }),
    )
    await audit.append(entries)
    server = await listen({ gateway: withRecords(smallGateway(), audit), clock })
  }, 60_000)
  afterAll(async () => server.close())

  const counts = async (query: Record<string, string>) =>
    (await server.call('GET', `/v1/counts?${new URLSearchParams(query)}`)).body as Record<string, unknown>

  it('are exact beyond 10,000 where the roll-up knows what is asked for, until now', async () => {
    expect(await counts({ q: '', from: String(FROM) })).toMatchObject({ total: 10_500, all: 10_500, scanned_to: null })
    expect(await counts({ q: 'type:send -rule:quiet', from: String(FROM) })).toMatchObject({
      ...{ total: 10_500, all: 10_500 },
      chips: [
        { alone: 10_500, without: 10_500 },
        { alone: 10_500, without: 10_500 },
      ],
    })
    expect(await counts({ q: 'result:held_back', from: String(FROM) })).toMatchObject({ total: 5_250, all: 10_500 })
    const list = await server.call(
      'GET',
      `/v1/actions?${new URLSearchParams({ q: 'tenant:acme', from: String(FROM) })}`,
    )
    expect((list.body as { total: number }).total).toBe(10_500)
  })

  it('say that there are more than 10,000 where it does not, or the window is none of whole minutes', async () => {
    expect(await counts({ q: 'payload.subject:*', from: String(FROM) })).toMatchObject({ total: null, all: null })
    expect(await counts({ q: '', from: String(FROM + 1) })).toMatchObject({ total: null })
  })
})
