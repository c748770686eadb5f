import { expect, it } from 'vitest'
import { badDay } from './chaos/run.fixture.js'
import { brokenPromises } from './chaos/invariants.fixture.js'

/** `ACTEON_SEEDS=5000 ACTEON_STEPS=60 npx vitest run src/testing/chaos.test.ts` looks further; `ACTEON_SEED=17` looks at one again. */
const seeds = Number(process.env['ACTEON_SEEDS'] ?? 30)
const only = process.env['ACTEON_SEED']
const STEPS = Number(process.env['ACTEON_STEPS'] ?? 100)

it(
  `whatever happens to nodes, store and providers, the promises hold (${only ?? seeds} seeds)`,
  async () => {
    const failed: Record<string, string[]> = {}
    for (let seed = 1; seed <= seeds; seed++) {
      if (only !== undefined && seed !== Number(only)) continue
      const run = await badDay(seed, STEPS, seed % 10 === 0 ? 'embedded' : 'memory')
      const broken = await brokenPromises(run)
      if (broken.length > 0) failed[`seed ${seed}`] = broken
      if (only !== undefined) console.log(run.sim.timeline())
      await run.close()
    }
    expect(failed).toEqual({})
  },
  10_000 + 5_000 * seeds,
)
