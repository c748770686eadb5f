import type { Cancel, Clock } from '../../lib/clock.js'

/** How often it is asked whether other nodes appended frames, while anybody listens. */
const ASKED_EVERY_MS = 500

export interface Wakes {
  /** Something of this node may have appended frames. */
  wake(): void
  /** Calls `wake` when frames may have been added, here or by another node; how to stop. */
  listen(wake: () => void): () => void
  close(): void
}

/** @param lastFrame the newest position of all; a failure is met again, and told, by whoever reads the frames */
export function createWakes(clock: Clock, lastFrame: () => Promise<string>): Wakes {
  const listeners = new Set<() => void>()
  let cancel: Cancel | null = null
  let seen: string | null = null
  const wake = (): void => {
    for (const listener of listeners) listener()
  }
  const ask = (): void => {
    cancel = clock.after(ASKED_EVERY_MS, () => {
      lastFrame()
        .then((last) => {
          if (seen !== null && last !== seen) wake()
          seen = last
        })
        .catch(() => wake())
        .finally(() => {
          if (listeners.size > 0) ask()
          else cancel = null
        })
    })
  }
  const stop = (): void => {
    cancel?.()
    cancel = null
    seen = null
  }
  return {
    wake,
    listen(listener) {
      listeners.add(listener)
      if (cancel === null) ask()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    close() {
      listeners.clear()
      stop()
    },
  }
}
