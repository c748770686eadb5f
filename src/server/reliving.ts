import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { sleep, type Clock } from '../lib/clock.js'
import type { Asked } from './asked.js'
import { gather, type Gathered, type GatherTerms } from './replay-gather.js'
import type { Kept } from './replay-kept.js'
import type { Traffic } from './traffic.js'

/** So long it works before others have their turn, and so long it then rests while actions are in hand. */
const SLICE_MS = 8
const BUSY_REST_MS = 25

/** Gathers past traffic and goes through it, without keeping others from their turn. */
export function createReliving(parts: { traffic: Traffic; clock: Clock; inHand: () => number }) {
  const { traffic, clock, inHand } = parts
  return {
    gather: (request: FastifyRequest, asked: Asked, terms: GatherTerms): Promise<Gathered> =>
      gather(traffic, request, asked, terms),
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
