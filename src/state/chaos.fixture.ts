import { expect, it } from 'vitest'
import { brokenPromises } from '../testing/chaos/invariants.fixture.js'
import { badDay } from '../testing/chaos/run.fixture.js'
import type { OpenStores } from '../testing/simulation.js'

/** `ACTEON_SEEDS=100` looks further. */
const seeds = Number(process.env['ACTEON_SEEDS'] ?? 2)
const STEPS = 60

/** Lets bad days happen on a store that lies elsewhere. */
export const testBadDays = (stores: OpenStores): void =>
  it(
    `whatever happens to nodes, store and providers, the promises hold (${seeds} seeds)`,
    async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const run = await badDay(seed, STEPS, stores)
        expect(await brokenPromises(run), `seed ${seed}`).toEqual([])
        await run.close()
      }
    },
    120_000 * seeds,
  )
