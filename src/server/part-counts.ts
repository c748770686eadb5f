import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Gateway } from '../gateway/gateway.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { createPartCounts, partsBefore, type CountedRule } from '../rules/parts.js'
import type { Asked } from './asked.js'
import { iso } from './lists.js'
import type { Reliving } from './reliving.js'
import { pastOf } from './replay-kept.js'
import type { PartCounts } from './rule-shapes.js'

export type ShownCounts = Static<typeof PartCounts>

/** Of what runs, the newest so many are relived, and what was found is kept so long. */
const NEWEST = 1_000
const GATHERING = { limit: NEWEST, most: NEWEST, memoryMs: 0, records: 20_000, ms: 1_000 }
const KEPT_MS = 30_000
const KEPT = 20

/**
 * What is shown of counted conditions.
 * @param based on which actions; `oldest`: of them, null when they are all of the window
 * @param before under the rules that run; absent: these are they
 */
export function countsShown(
  based: { rules_version: string; actions: number; asked: Asked; oldest: number | null },
  counted: readonly CountedRule[],
  before: readonly CountedRule[] | null,
  pathOf: (file: string) => string,
): ShownCounts {
  const { rules_version, actions, asked, oldest } = based
  const running = new Map((before ?? []).map(({ rule, parts }) => [rule.name, parts]))
  return {
    rules_version,
    actions,
    from: iso(oldest ?? asked.from),
    to: iso(asked.to),
    whole: oldest === null,
    rules: counted.map(({ rule: { name, file, revision }, parts }) => {
      const past = partsBefore(parts, running.get(name) ?? [])
      return {
        ...{ name, file: pathOf(file), revision },
        parts: parts.map((part, i) => {
          const was = past[i] ?? null
          return { ...part, before: was === null ? null : { looked_at: was.looked_at, passed: was.passed } }
        }),
      }
    }),
  }
}

/** What the conditions of the rules that run make of the newest actions: relived by the same engine, one caller at a time. */
export function createRunningCounts({
  gateway,
  reliving,
  clock,
}: {
  gateway: Gateway
  reliving: Reliving
  clock: Clock
}) {
  const known = new Map<string, { at: number; counts: Promise<ShownCounts> }>()
  const stop = new AbortController()
  let last: Promise<unknown> = Promise.resolve()

  async function count(request: FastifyRequest, asked: Asked): Promise<ShownCounts> {
    const { signal } = stop
    const { kept, oldest } = await reliving.gather(request, asked, { ...GATHERING, signal })
    const simulated = await gateway.simulate()
    const { rules } = simulated
    const counts = createPartCounts(rules)
    try {
      await reliving.each(kept, signal, async (past) => counts.add((await simulated.step(pastOf(past))).seen))
    } finally {
      await simulated.close()
    }
    const based = { rules_version: rules.version, actions: kept.length, asked, oldest }
    return countsShown(based, counts.counted(), null, gateway.rules.files.pathOf)
  }

  return {
    /** @param caller what others may not see is not theirs either */
    of(request: FastifyRequest, caller: string, asked: Asked): Promise<ShownCounts> {
      const key = JSON.stringify([caller, gateway.rules.status().version, asked.namespace, asked.tenant])
      const found = known.get(key)
      if (found !== undefined && clock.monotonic() - found.at < KEPT_MS) return found.counts
      const counts = last.then(() => count(request, asked))
      last = counts.catch(() => undefined)
      known.delete(key)
      known.set(key, { at: clock.monotonic(), counts })
      for (const oldest of known.keys()) if (known.size > KEPT) known.delete(oldest)
      // What failed is tried again by the next who asks.
      counts.catch(() => known.delete(key))
      return counts
    },
    async stop(): Promise<void> {
      stop.abort(new ActeonError('DRAINING', 'This node is ending; ask another one, or again later.'))
      await last
    },
  }
}
