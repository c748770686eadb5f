import { sleep, type Clock, type Entropy } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { OP_DEADLINE_MS, StoreRefused, StoreUnavailable, type Op } from '../state/store.js'
import type { Observer } from './gateway.js'

/** How long a caller waits for the store before it is told that it is unknown whether the action was accepted. */
export const ANSWER_WITHIN_MS = 2_000

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

/**
 * Asks the state store one changing operation until it answers: over all sendings under one token and one deadline, so
 * that it takes effect at most once (spec section 8).
 */
export interface Ask {
  /**
   * `persist: 'until-known'` gives up as soon as it is certain that nothing was changed; `'until-done'` asks on until the
   * deadline even then (an outcome must not be lost because a disk was full for a second).
   * @throws StoreUnavailable after the deadline, or at once when nothing was changed and `persist` is `'until-known'`
   */
  <T>(operation: string, persist: 'until-known' | 'until-done', send: (op: Op) => Promise<T>): Promise<T>
}

/**
 * @param storeNow the store's clock as this node knows it
 * @param onSilence called when an operation had no answer up to its deadline: the node gives up its incarnation
 */
export function createAsk(machine: {
  clock: Clock
  entropy: Entropy
  newId: () => string
  storeNow: () => number
  onSilence: () => void
  observer: Observer
}): Ask {
  const { clock, entropy, newId, storeNow, onSilence, observer } = machine
  return async (operation, persist, send) => {
    const op: Op = { token: newId(), deadline: storeNow() + OP_DEADLINE_MS }
    const began = clock.monotonic()
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const sentAt = clock.monotonic()
      try {
        const answer = await send(op)
        observer.stateOperation?.(operation, clock.monotonic() - sentAt, true)
        return answer
      } catch (error) {
        observer.stateOperation?.(operation, clock.monotonic() - sentAt, false)
        if (error instanceof StoreRefused) throw new StoreUnavailable(error.message, 'no', { cause: error })
        if (!(error instanceof StoreUnavailable)) throw error
        if (error.applied === 'no' && persist === 'until-known') throw error
        if (clock.monotonic() - began + pauseMs > OP_DEADLINE_MS) {
          onSilence()
          throw error
        }
        observer.log?.('warn', `state: ${operation} has no answer, asking again`, { error: error.message })
        await sleep(clock, pauseMs * (0.5 + entropy.random() / 2))
      }
    }
  }
}

/** What a caller is told when the store cannot be used. */
export function unavailable(error: StoreUnavailable, action_id?: string): ActeonError {
  return error.applied === 'no'
    ? new ActeonError(
        'STATE_UNAVAILABLE',
        `The state store cannot take this now (${error.message}); nothing was decided. Try again.`,
        { accepted: false, ...(action_id !== undefined && { action_id }) },
        { retryAfterMs: 1_000, cause: error },
      )
    : unknownIfAccepted(action_id, error)
}

export const unknownIfAccepted = (action_id?: string, cause?: unknown): ActeonError =>
  new ActeonError(
    'UNKNOWN_IF_ACCEPTED',
    'The state store did not answer in time, so it is unknown whether this was accepted. Repeat it with the same id: that gives the one true answer.',
    { accepted: 'unknown', ...(action_id !== undefined && { action_id }) },
    { retryAfterMs: 2_000, cause },
  )
