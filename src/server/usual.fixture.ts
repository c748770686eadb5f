/* eslint-disable @typescript-eslint/no-explicit-any -- answers are looked at as any client would, member by member. */
import { afterEach, describe, expect, it } from 'vitest'
import { entryOf, executed, suppressed } from '../audit/conformance/entries.js'
import type { AuditEntry, AuditStore } from '../audit/store.js'
import type { Outcome } from '../action/outcome.js'
import { systemClock, type Clock } from '../lib/clock.js'
import { listen, smallGateway, withRecords, type Listening } from './gateway.fixture.js'

const DAY_MS = 86_400_000
/** A quarter past ten; the window is that of the last hour. */
const NOW = Date.UTC(2026, 0, 20, 10, 15)

/** What is usual, on any audit store: records of past days, and a clock that stands at today. */
export function usualSuite(name: string, openAudit: (clock: Clock) => Promise<AuditStore>): void {
  describe(`what is usual, ${name}`, () => {
    let server: Listening
    let audit: AuditStore
    let written = 0
    let now = NOW
    // Wall time stands where the test puts it; a server also needs timers.
    const clock: Clock = { ...systemClock, now: () => now }
    afterEach(async () => {
      await server.close()
      await audit.close()
    })

    async function start(): Promise<void> {
      now = NOW
      audit = await openAudit(clock)
      const gateway = withRecords(smallGateway(), audit)
      server = await listen({ gateway, clock })
    }
    /** So many on a day back from today, within the hour that ends now. */
    const some = (
      count: number,
      daysBack: number,
      outcome: Outcome,
      rule: string | null,
      minutesBack = 30,
    ): AuditEntry[] =>
      Array.from({ length: count }, () =>
        entryOf({
          id: `a${written++}`,
          at: NOW - daysBack * DAY_MS - minutesBack * 60_000 + (written % 1_000),
          outcome,
          draft: { matched_rule: rule, provider: rule === null ? 'email' : 'chat' },
        }),
      )
    const figures = async (query = ''): Promise<any> => {
      const { status, body } = await server.call('GET', `/v1/figures?${query}`)
      expect(status).toBe(200)
      return body
    }
    /** Seven days with a median of 11 executed and 3 held back, then today. */
    const week = (): AuditEntry[] => [
      ...[10, 12, 11, 10, 50, 11, 9].flatMap((count, i) => some(count, i + 1, executed, null)),
      ...[2, 3, 2, 4, 3, 3, 90].flatMap((count, i) => some(count, i + 1, suppressed, 'quiet')),
      ...[7, 7, 7].flatMap((count, i) => some(count, i + 1, suppressed, 'young')),
      ...some(6, 0, executed, null),
      ...some(24, 0, suppressed, 'quiet'),
      ...some(30, 0, suppressed, 'young'),
    ]
    /** In the day before the oldest of the seven windows ends, at another hour. */
    const longAgo = (): AuditEntry[] => [
      ...some(1, 7, executed, null, 20 * 60),
      ...some(1, 7, suppressed, 'quiet', 20 * 60),
    ]

    it('is the median of the same hour on the last seven days, for all, each rule and each provider', async () => {
      await start()
      await audit.append([...week(), ...longAgo()])
      const { usual, rules, providers, now } = await figures()
      expect(now.total).toBe(60)
      // 19, 22, 20, 14, 53, 14, 99 in all; "young" is part of the first three.
      expect(usual).toEqual({
        count: 20,
        results: { delivered: 11, 'held back': 9, waiting: 0, broken: 0 },
        shares: { delivered: expect.closeTo(0.55, 5), 'held back': expect.closeTo(0.45, 5), waiting: 0, broken: 0 },
      })
      const of = (list: any[], wanted: string | null) => list.find(({ name: found }) => found === wanted).usual
      expect(of(rules, 'quiet')).toEqual({
        count: 3,
        results: { delivered: 0, 'held back': 3, waiting: 0, broken: 0 },
      })
      expect(of(rules, null).count).toBe(11)
      expect(of(providers, 'email').count).toBe(11)
      expect((await figures('q=rule:quiet')).usual.count).toBe(3)
    })

    it('is not told of what has less history, and never guessed', async () => {
      await start()
      await audit.append([...week(), ...longAgo()])
      const { rules } = await figures()
      expect(rules.find((rule: any) => rule.name === 'young').usual).toBeNull()
      for (const query of ['q=rule:young', 'q=payload.subject:*', 'from=-30h', 'compare=false'])
        expect([query, (await figures(query)).usual]).toEqual([query, null])
    })

    it('is not known on the seventh day since the first action, and is on the eighth', async () => {
      await start()
      await audit.append([7, 6, 5, 4, 3, 2, 1, 0].flatMap((daysBack) => some(10 - daysBack, daysBack, executed, null)))
      expect((await figures()).usual).not.toBeNull()
      now = NOW - DAY_MS
      expect((await figures()).usual).toBeNull()
      now = NOW + DAY_MS
      expect((await figures()).usual).toMatchObject({ count: 7, shares: { delivered: 1 } })
    })

    it('is what a rule that holds back too much is compared with; a young one is compared with the hour before', async () => {
      await start()
      await audit.append([...week(), ...longAgo(), ...some(5, 0, suppressed, 'young', 90)])
      const { items } = (await server.call('GET', '/v1/attention')).body as any
      const told = items
        .filter(({ kind }: any) => kind === 'rule')
        .map(({ sentence, detail }: any) => [sentence, detail])
      expect(told).toEqual([
        ['young held back 6 times the hour before', '30 of 30 in the last hour; 5 in the hour before.'],
        ['quiet held back 8 times its usual', '24 of 24 in the last hour; usually 3 at this time of day.'],
      ])
      const { q, from, to } = items.find(({ link }: any) => link.item === 'quiet').link
      const list = await server.call('GET', `/v1/actions?${new URLSearchParams({ q, from, to })}`)
      expect((list.body as any).total).toBe(24)
    })
  })
}
