import type { Cancel, Clock } from '../lib/clock.js'
import { StoreUnavailable } from '../state/store.js'

/** A step that is taken again and again. */
export interface Loop {
  /** Takes the next step now, or right after the one that runs. */
  wake(): void
  /** Takes the next step in `ms` at the latest; nothing changes when it comes before that anyway. */
  within(ms: number): void
  /** No further step; resolves when the one that runs has ended. */
  stop(): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5_000

/**
 * Takes `step` until it is stopped, each after the pause (milliseconds) that the one before asked for; `Infinity` waits
 * for `wake`. A step that fails is taken again after a pause that doubles up to 5 s: nothing a store does ends the loop.
 */
export function startLoop(parts: {
  clock: Clock
  step: () => Promise<number>
  /** `expected`: the store was away, which the next step mends; anything else is a fault. */
  failed: (error: unknown, kind: 'expected' | 'fault') => void
}): Loop {
  const { clock, step, failed } = parts
  let cancel: Cancel = () => {}
  let running: Promise<void> | null = null
  /** The latest moment for the next step that was asked for during the one that runs (monotonic). */
  let wantedBy = Infinity
  /** When the next step comes (monotonic). */
  let nextAt = Infinity
  let stopped = false
  let failures = 0

  const run = async (): Promise<void> => {
    wantedBy = Infinity
    let pauseMs: number
    try {
      pauseMs = await step()
      failures = 0
    } catch (error) {
      pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++)
      failed(error, error instanceof StoreUnavailable ? 'expected' : 'fault')
      // A hint that came meanwhile is no reason to ask a store that is away without a pause.
      wantedBy = Infinity
    }
    running = null
    next(Math.min(pauseMs, Math.max(0, wantedBy - clock.monotonic())))
  }
  const next = (pauseMs: number): void => {
    cancel()
    nextAt = clock.monotonic() + pauseMs
    if (stopped || pauseMs === Infinity) return
    cancel = clock.after(pauseMs, () => {
      running = run()
    })
  }

  const within = (ms: number): void => {
    const at = clock.monotonic() + ms
    if (running !== null) wantedBy = Math.min(wantedBy, at)
    else if (failures === 0 && at < nextAt) next(ms)
  }

  next(0)
  return {
    wake: () => within(0),
    within,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
