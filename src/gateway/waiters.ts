import type { Outcome } from '../action/outcome.js'
import type { Clock } from '../lib/clock.js'
import { holderOf, type EntryKey, type StateStore } from '../state/store.js'

/** Requests that wait for an outcome which another request, or another node, is bringing about. */
export interface Waiters {
  /** Resolves with the entry's outcome, or with null after `patienceMs`, or when the node stops. */
  wait(key: EntryKey, patienceMs: number): Promise<Outcome | null>
  /** Tells those that wait on this node. */
  settled(key: EntryKey, outcome: Outcome): void
  /** The node stops: nobody waits any longer. */
  stop(): void
  readonly stopped: boolean
}

const FIRST_LOOK_MS = 100
const LONGEST_LOOK_MS = 1_000

/** What happens on this node is told at once; for the rest the store is asked, ever more seldom, up to once a second. */
export function createWaiters({ state, clock }: { state: StateStore; clock: Clock }): Waiters {
  const waiting = new Map<string, Set<(outcome: Outcome | null) => void>>()
  let stopped = false
  const nameOf = (key: EntryKey): string => JSON.stringify([key.namespace, key.tenant, holderOf(key)])
  return {
    get stopped() {
      return stopped
    },
    stop() {
      stopped = true
      for (const all of [...waiting.values()]) for (const end of [...all]) end(null)
    },
    wait(key, patienceMs) {
      if (stopped) return Promise.resolve(null)
      return new Promise((resolve, reject) => {
        const name = nameOf(key)
        const others = waiting.get(name) ?? new Set()
        waiting.set(name, others)
        let cancelLook = (): void => {}
        const end = (outcome: Outcome | null): void => {
          cancelLook()
          cancelEnd()
          others.delete(end)
          if (others.size === 0) waiting.delete(name)
          resolve(outcome)
        }
        const look = (pauseMs: number): void => {
          cancelLook = clock.after(pauseMs, () => {
            state.entry(key).then((entry) => {
              if (!others.has(end)) return
              if (entry?.outcome != null) end(entry.outcome)
              else look(Math.min(2 * pauseMs, LONGEST_LOOK_MS))
            }, reject)
          })
        }
        const cancelEnd = clock.after(patienceMs, () => end(null))
        others.add(end)
        look(FIRST_LOOK_MS)
      })
    },
    settled(key, outcome) {
      for (const tell of [...(waiting.get(nameOf(key)) ?? [])]) tell(outcome)
    },
  }
}
