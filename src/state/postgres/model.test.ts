import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { MakeStore } from '../conformance/harness.js'
import { compareWithModel } from '../model/run.fixture.js'
import { sequences } from '../model/steps.fixture.js'
import type { StateStore } from '../store.js'
import { databaseUrl, storesOn } from './store.fixture.js'

/** `FC_SEED=…` repeats a run that failed, without a limit of time, until its sequence is the shortest. */
const seed = process.env['FC_SEED']

/**
 * The model takes what is sent at the same moment in the order of its sending. Connections of a pool do not promise that,
 * so here each operation waits for the one before; what happens when they meet is the suite's to test.
 */
const inOrder =
  (makeStore: MakeStore): MakeStore =>
  async (settings) => {
    const made = await makeStore(settings)
    let before: Promise<unknown> = Promise.resolve()
    const ordered = new Proxy(made.store, {
      get(store, name: keyof StateStore) {
        const member = store[name]
        if (typeof member !== 'function' || name === 'close' || name === 'onFrames') return member
        return (...args: unknown[]) => {
          const turn = before.then(() => (member as (...args: unknown[]) => Promise<unknown>).apply(store, args))
          before = turn.catch(() => {})
          return turn
        }
      },
    })
    return { ...made, store: ordered }
  }

describe('random sequences of operations do on PostgreSQL what the plain model does', () => {
  const stores = inOrder(storesOn(databaseUrl()))
  it(
    'one after the other',
    () =>
      fc.assert(
        fc.asyncProperty(sequences(60), (steps) => compareWithModel(stores, steps)),
        seed === undefined ? { numRuns: 15 } : { numRuns: 60, seed: Number(seed) },
      ),
    600_000,
  )
})
