import type { Cancel, Clock } from '../lib/clock.js'
import type { Frame, StateStore } from '../state/store.js'

/**
 * The store's event log as streams read it: the newest frames are kept here, read once for all streams; what is older
 * is read from the store. A stream is a position, so it can neither miss a frame nor see one twice.
 */
export interface Feed {
  /** The newest position, all that was committed before the call included. */
  end(): Promise<string>
  /** What follows a position. `lost`: some of it is no longer kept. */
  after(position: string | null, limit: number): Promise<{ frames: Frame[]; lost: boolean }>
  /** Roughly how many bytes of frames follow a position. */
  bytesAfter(position: string): number
  /** Calls back when frames were added. */
  listen(wake: () => void): Cancel
  /** Why the store could not be read the last time; null: it could. */
  problem(): unknown
  stop(): void
}

const KEPT = 2_000
const PAGE = 1_000
/** Other nodes' frames come without a hint. */
const POLL_MS = 250

export function createFeed(state: StateStore, clock: Clock): Feed {
  /** Contiguous: everything in the log after `start`. `bytes` counts from the beginning of this feed. */
  let kept: { frame: Frame; bytes: number }[] = []
  let start: string | undefined
  let end: string | undefined
  let bytes = 0
  let problem: unknown = null
  let reading: Promise<void> | undefined
  let asked = false
  let stopped = false
  let cancelPoll: Cancel = () => {}
  const listeners = new Set<() => void>()

  async function read(): Promise<void> {
    if (end === undefined) {
      end = (await state.frames({ after: null, limit: 0 })).last
      start = end
    }
    for (;;) {
      const { frames, lost, last } = await state.frames({ after: end, limit: PAGE })
      if (lost) {
        kept = []
        start = end
      }
      for (const frame of frames) kept.push({ frame, bytes: (bytes += sizeOf(frame)) })
      if (frames.length > 0) end = frames.at(-1)!.id
      else if (lost) start = end = last
      if (kept.length > KEPT) {
        const cut = kept.splice(0, kept.length - KEPT)
        start = cut.at(-1)!.frame.id
      }
      if (frames.length > 0 || lost) for (const wake of [...listeners]) wake()
      if (frames.length < PAGE) return
    }
  }

  /** One reading at a time; asked for during one, another follows. */
  function refresh(): Promise<void> {
    asked = true
    reading ??= (async () => {
      try {
        while (asked) {
          asked = false
          await read()
          problem = null
        }
      } catch (error) {
        problem = error
        throw error
      } finally {
        reading = undefined
      }
    })()
    return reading
  }
  const refreshQuietly = (): void => void refresh().catch(() => undefined)

  const stopListening = state.onFrames(() => {
    if (listeners.size > 0) refreshQuietly()
  })
  const poll = (): void => {
    cancelPoll()
    if (stopped || listeners.size === 0) return
    cancelPoll = clock.after(POLL_MS, () => {
      refreshQuietly()
      poll()
    })
  }
  const indexAfter = (position: string): number => {
    if (start === undefined || position < start) return -1
    let low = 0
    let high = kept.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (kept[middle]!.frame.id <= position) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    async end() {
      await refresh()
      return end!
    },
    async after(position, limit) {
      const index = position === null ? -1 : indexAfter(position)
      if (index >= 0 && position !== null && end !== undefined && position.length === end.length && position <= end)
        return { frames: kept.slice(index, index + limit).map(({ frame }) => frame), lost: false }
      return state.frames({ after: position, limit })
    },
    bytesAfter(position) {
      const index = indexAfter(position)
      if (index < 0) return Number.POSITIVE_INFINITY
      return bytes - (index === 0 ? (kept[0]?.bytes ?? bytes) - sizeOf(kept[0]?.frame) : kept[index - 1]!.bytes)
    },
    listen(wake) {
      listeners.add(wake)
      if (listeners.size === 1) poll()
      refreshQuietly()
      return () => {
        listeners.delete(wake)
      }
    },
    problem: () => problem,
    stop() {
      stopped = true
      cancelPoll()
      stopListening()
      listeners.clear()
    },
  }
}

/** A guess that needs no serialising: what frames carry is short and regular. */
const sizeOf = (frame: Frame | undefined): number =>
  frame === undefined ? 0 : 160 + 24 * Object.keys(frame.data).length + 200
