import type { Clock } from '../../lib/clock.js'

/** How soon frames of other nodes are noticed. */
const LOOK_EVERY_MS = 250

export interface Wakes {
  /** Calls `wake` when frames may have been added; how to stop. */
  listen(wake: () => void): () => void
  /** This node may have added some. */
  wake(): void
  close(): void
}

/**
 * Tells listeners that frames may have been added: at once after what this node did, and of other nodes by looking. It
 * looks only while somebody listens. (A NOTIFY in the transactions that add frames would take their commits in turn.)
 * @param look the newest position
 */
export function createWakes(clock: Clock, look: () => Promise<string>): Wakes {
  const wakes = new Set<() => void>()
  let stop: (() => void) | null = null
  let seen: string | null = null

  const wake = (): void => {
    for (const one of wakes) one()
  }
  function again(): void {
    stop = clock.after(LOOK_EVERY_MS, () => {
      stop = null
      if (wakes.size === 0) return
      look()
        .then((last) => {
          if (last !== seen && seen !== null) wake()
          seen = last
        })
        // It is away: a later look sees what it missed.
        .catch(() => undefined)
        .finally(() => {
          if (wakes.size > 0 && stop === null) again()
        })
    })
  }
  return {
    listen(one) {
      wakes.add(one)
      if (stop === null) again()
      return () => void wakes.delete(one)
    },
    wake,
    close() {
      wakes.clear()
      stop?.()
      stop = null
    },
  }
}
