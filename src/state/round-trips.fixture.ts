import { expect, it } from 'vitest'
import { answer, group, moveTo, reservation, schedule, SCOPE, suppressed, window } from './conformance/builders.js'
import type { StateStore } from './store.js'
import { admit, completing, deliver, op } from './talk.fixture.js'

/**
 * Tests that each operation of a store that many nodes share is one round trip.
 * @param node the store, and a lease on it
 * @param sentDuring how many requests the server got meanwhile, by its own count
 */
export function testRoundTrips(
  node: () => { store: StateStore; owner: number },
  sentDuring: (act: () => Promise<unknown>) => Promise<number>,
): void {
  let ids = 0
  const id = (): string => `a${++ids}`
  const send = (sent: Omit<Parameters<typeof admit>[2], 'id'>) => {
    const { store, owner } = node()
    return admit(store, owner, { id: id(), ...sent })
  }
  const one: [what: string, act: () => Promise<unknown>][] = [
    ['a dispatch that is suppressed', () => send({ ending: answer(suppressed()) })],
    ['a grouped dispatch', () => send({ ending: group(id()) })],
    ['a grouped dispatch that seals', () => send({ ending: group(id(), { name: 'full', max_size: 1 }) })],
    ['a dispatch that moves an event, with its notification', () => send({ ending: moveTo('firing') })],
    ['a scheduled dispatch', () => send({ ending: schedule(60_000) })],
    ['a dispatch that is refused by a gate', () => send({ gates: [window(0, 1_000)] })],
    [
      'what conditions ask, all together',
      () =>
        node().store.lookup({
          lookups: [
            { kind: 'event_state', ...SCOPE, fingerprint: 'f1' },
            { kind: 'active_event', ...SCOPE, action_type: 'x', label: 'l', value: 'v' },
          ],
        }),
    ],
    ['an entry', () => node().store.entry({ ...SCOPE, space: 'caller', id: 'a1' })],
    ['permits of a rate', () => node().store.take({ ...op(), name: 'email', per_second: 5, count: 1 })],
  ]
  for (const [what, act] of one)
    it(`${what}: one`, async () => {
      expect(await sentDuring(act)).toBe(1)
    })

  it('an executed dispatch with three gates: two', async () => {
    const gates = [reservation('x'), window(1_000, 60_000), window(5_000, 60_000, { key: 'f'.repeat(64) })]
    const sent = await sentDuring(async () => {
      const { store, owner } = node()
      await store.complete(completing(await deliver(store, owner, { id: id(), gates, lane: 'a lane' })))
    })
    expect(sent).toBe(2)
  })
}
