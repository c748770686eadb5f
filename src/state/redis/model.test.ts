import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { MakeStore } from '../conformance/harness.js'
import { compareWithModel } from '../model/run.fixture.js'
import { sequences } from '../model/steps.fixture.js'
import type { StateStore } from '../store.js'
import { redisUrl, storesOn } from './store.fixture.js'

/** `FC_SEED=…` repeats a run that failed, without a limit of time, until its sequence is the shortest. */
const seed = process.env['FC_SEED']

/** What asks all partitions, and then acts in some of them or in all. */
const SPREAD = new Set<string>([
  'join',
  'renew',
  'leave',
  'due',
  'resume',
  'redeliver',
  'editDeadLetter',
  'discardDeadLetter',
])

/**
 * The model takes what is sent at the same moment in the order of its sending. What goes to one partition keeps that order
 * by itself; what is spread over all does not promise it, so here it waits for what was sent before, and is waited for.
 */
const inOrder =
  (makeStore: MakeStore): MakeStore =>
  async (settings) => {
    const made = await makeStore(settings)
    let spread: Promise<unknown> | null = null
    let sent: Promise<unknown>[] = []
    const ordered = new Proxy(made.store, {
      get(store, name: keyof StateStore) {
        const member = store[name]
        if (typeof member !== 'function' || name === 'close' || name === 'onFrames') return member
        const call = (args: unknown[]) => (member as (...args: unknown[]) => Promise<unknown>).apply(store, args)
        return (...args: unknown[]) => {
          const before = SPREAD.has(name) ? Promise.all([spread, ...sent]) : spread
          const turn = before === null ? call(args) : before.then(() => call(args))
          const done = turn.catch(() => {})
          if (SPREAD.has(name)) {
            spread = done
            sent = []
            void done.then(() => (spread = spread === done ? null : spread))
          } else sent.push(done)
          return turn
        }
      },
    })
    return { ...made, store: ordered }
  }

describe('random sequences of operations do on Redis what the plain model does', () => {
  it(
    'in three partitions',
    () =>
      fc.assert(
        fc.asyncProperty(sequences(60), (steps) => compareWithModel(inOrder(storesOn(redisUrl(), 3)), steps)),
        seed === undefined ? { numRuns: 15 } : { numRuns: 60, seed: Number(seed) },
      ),
    600_000,
  )
})
