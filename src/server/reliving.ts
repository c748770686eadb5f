import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { sleep, type Clock } from '../lib/clock.js'
import type { Asked } from './asked.js'
import { keptOf, type Kept, type Missed } from './replay-kept.js'
import type { Traffic } from './traffic.js'

/** So long it works before others have their turn, and so long it then rests while actions are in hand. */
const SLICE_MS = 8
const BUSY_REST_MS = 25

/** What of past traffic can be relived. */
export interface Gathered {
  /** The newest that match, oldest first. */
  kept: Kept[]
  /** When the oldest of them arrived, milliseconds; null: there are no more in the window. */
  oldest: number | null
  /** What is left out, or not as it was sent. */
  counts: { payload: number; masked: number; changed: number; own: number }
}

/** Gathers past traffic and goes through it, without keeping others from their turn. */
export function createReliving(parts: { traffic: Traffic; clock: Clock; inHand: () => number }) {
  const { traffic, clock, inHand } = parts
  return {
    async gather(
      request: FastifyRequest,
      asked: Asked,
      { limit, signal, ...bounds }: { limit: number; signal: AbortSignal; records: number; ms: number },
    ): Promise<Gathered> {
      const kept: Kept[] = []
      const counts = { payload: 0, masked: 0, changed: 0, own: 0 }
      const lists = new Map<string, readonly Missed[]>()
      let last = 0
      const scannedTo = await traffic.each(
        request,
        asked,
        (record) => {
          if (signal.aborted) return false
          if (record.kind !== 'dispatch') {
            counts.own++
            return true
          }
          if (record.action_payload === null) counts.payload++
          else {
            if (JSON.stringify(record.action_payload).includes('[REDACTED]')) counts.masked++
            if (record.trace.rules.some(({ result, verdict }) => result === 'matched' && verdict === 'modify'))
              counts.changed++
            kept.push(keptOf(record, lists))
          }
          return ++last < limit
        },
        bounds,
      )
      signal.throwIfAborted()
      await turn()
      kept.reverse()
      return { kept, counts, oldest: scannedTo === null ? null : (kept[0]?.at ?? null) }
    },
    /** One after the other; `rest` is told before others have their turn. */
    async each(
      kept: readonly Kept[],
      signal: AbortSignal,
      step: (past: Kept) => Promise<void>,
      rest: () => void = () => {},
    ): Promise<void> {
      let since = clock.monotonic()
      for (const past of kept) {
        signal.throwIfAborted()
        await step(past)
        if (clock.monotonic() - since < SLICE_MS) continue
        rest()
        await (inHand() > 0 ? sleep(clock, BUSY_REST_MS) : turn())
        since = clock.monotonic()
      }
    },
  }
}
export type Reliving = ReturnType<typeof createReliving>
