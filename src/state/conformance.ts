import { concurrency } from './conformance/concurrency.js'
import { deadLetters } from './conformance/dead-letters.js'
import { events } from './conformance/events.js'
import { groups } from './conformance/groups.js'
import { openWorld, type Chapter, type MakeStore, type Test, type TestApi } from './conformance/harness.js'
import { ids } from './conformance/ids.js'
import { lanes } from './conformance/lanes.js'
import { jobs, parking, scheduling } from './conformance/later.js'
import { leases } from './conformance/leases.js'
import { frames, outbox } from './conformance/log.js'
import { lookups } from './conformance/lookups.js'
import { rates, records } from './conformance/records.js'
import { reservations } from './conformance/reservations.js'
import { timeouts } from './conformance/timeouts.js'
import { tokens } from './conformance/tokens.js'
import { limits, upkeep } from './conformance/upkeep.js'
import { windows } from './conformance/windows.js'

export type { MakeStore, StoreSettings, TestApi } from './conformance/harness.js'

/** In the order in which one would build a backend. */
const CHAPTERS: Record<string, Chapter> = {
  'one answer per id': ids,
  'keys are held by one action': reservations,
  'windows let no more than their limit pass': windows,
  'leases and fences': leases,
  'retries that wait': parking,
  lanes,
  'scheduled actions': scheduling,
  groups,
  events,
  'timeouts of a state': timeouts,
  'work with a due time': jobs,
  'what conditions ask': lookups,
  'dead letters': deadLetters,
  records,
  rates,
  'the event log': frames,
  'the outbox': outbox,
  'asking again': tokens,
  'caps of a tenant': limits,
  'upkeep, lists and figures': upkeep,
  'many at once': concurrency,
}

/**
 * The state contract (store.ts, spec section 8) as tests: what a backend must do, sentence by sentence. Every backend
 * passes all of them, those written by others too; nothing can be skipped. Time is virtual, so it runs in seconds.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 * import { stateConformance } from 'acteon/testing'
 *
 * stateConformance({ describe, it }, 'my backend', async ({ clock, limits, outbox_bound, id_retention_ms }) => {
 *   const store = await myState({ clock, limits, outbox_bound, id_retention_ms, prefix: `test-${randomUUID()}` })
 *   return { store, close: () => dropEverythingUnder(prefix) }
 * })
 * ```
 * @param makeStore makes an empty store for each test, without shared audit: its entries stay in the outbox
 */
export function stateConformance({ describe, it }: TestApi, name: string, makeStore: MakeStore): void {
  const test: Test = (sentence, body, settings) => {
    it(sentence, async () => {
      const world = await openWorld(makeStore, settings)
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }
  describe(`the state contract: ${name}`, () => {
    for (const [title, chapter] of Object.entries(CHAPTERS)) describe(title, () => chapter(test))
  })
}
