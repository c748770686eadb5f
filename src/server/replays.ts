import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Gateway } from '../gateway/gateway.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { createPartCounts } from '../rules/parts.js'
import { memoryOf, type RuleSet } from '../rules/ruleset.js'
import { iso, isoOrNull } from './lists.js'
import { countsShown, type ShownCounts } from './part-counts.js'
import type { Reliving } from './reliving.js'
import { MOST_MEMORY_MS, unknowable } from './replay-unknown.js'
import { pastOf } from './replay-kept.js'
import { createTally } from './replay-tally.js'
import type { ReplayJob } from './rule-shapes.js'
import type { Asked } from './asked.js'

export const MOST_REPLAYED = 50_000
const AT_ONCE = 2
const KEPT = 20
const KEPT_MS = 600_000
const GATHERING = { most: MOST_REPLAYED, records: 500_000, ms: 120_000 }

const ASKED =
  'asked for the state of an event, which they saw a moment before they were admitted; here they see it as it was then'

type Shown = Static<typeof ReplayJob>

interface Job {
  owner: string
  stop: AbortController
  endedAt: number | null
  shown: Shown
  /** What its conditions came to so far; null: it is still gathering. */
  counts: (() => ShownCounts) | null
  done: Promise<void>
}

/** Replays of past traffic through other rules: jobs of this node, one at a time per caller. */
export function createReplays(parts: { gateway: Gateway; reliving: Reliving; clock: Clock; newId: () => string }) {
  const { gateway, reliving, clock, newId } = parts
  const jobs = new Map<string, Job>()

  const running = (): Job[] => [...jobs.values()].filter(({ endedAt }) => endedAt === null)
  function forgetOld(): void {
    for (const [id, { endedAt }] of jobs)
      if (endedAt !== null && (jobs.size > KEPT || clock.monotonic() - endedAt > KEPT_MS)) jobs.delete(id)
  }

  function jobOf(owner: string, id: string): Job {
    forgetOld()
    const job = jobs.get(id)
    // Others' are as if they were not there.
    if (job?.owner === owner) return job
    throw new ActeonError('NOT_FOUND', `There is no replay "${id}" of yours; one that ended is kept for ten minutes.`)
  }

  function start(request: FastifyRequest, owner: string, rules: RuleSet, asked: Asked, limit: number): Shown {
    forgetOld()
    const mine = running().find((job) => job.owner === owner)
    if (mine !== undefined)
      throw new ActeonError('CONFLICT', `Your replay "${mine.shown.id}" is still running; wait for it, or cancel it.`, {
        id: mine.shown.id,
      })
    if (running().length >= AT_ONCE)
      throw new ActeonError(
        'OVERLOADED',
        `${AT_ONCE} replays run on this node already; try again when one has ended.`,
        {},
        { retryAfterMs: 5_000 },
      )
    const id = newId()
    const shown: Shown = {
      id,
      status: 'gathering',
      done: 0,
      total: null,
      besides: 0,
      besides_from: null,
      started_at: iso(clock.now()),
      rules_version: rules.version,
      sentence: 'Gathering what arrived.',
      different: 0,
      provider_only: 0,
      elsewhere: 0,
      tenants: 0,
      matrix: [],
      rules: [],
      differing: [],
      cannot_know: [],
      error: null,
    }
    const job: Job = { owner, stop: new AbortController(), endedAt: null, shown, counts: null, done: Promise.resolve() }
    jobs.set(id, job)
    job.done = run(job, request, rules, asked, limit)
      .catch((error: unknown) => {
        shown.status = job.stop.signal.aborted ? 'cancelled' : 'failed'
        if (shown.status === 'failed') {
          shown.error = error instanceof ActeonError ? error.message : 'A fault of Acteon itself; the log says more.'
          request.log.error({ err: error }, 'a replay of past traffic failed')
        }
      })
      .finally(() => {
        job.endedAt = clock.monotonic()
        if (shown.status === 'cancelled') shown.sentence = 'Cancelled.'
      })
    return shown
  }

  async function run(job: Job, request: FastifyRequest, rules: RuleSet, asked: Asked, limit: number): Promise<void> {
    const {
      shown,
      stop: { signal },
    } = job
    const simulated = await gateway.simulate(rules)
    // What their conditions made of it then is not on record in full, and may have been under yet other rules.
    const running = gateway.rules.status().version === rules.version ? null : await gateway.simulate()
    const parts = createPartCounts(rules)
    const before = running === null ? parts : createPartCounts(running.rules)
    const tally = createTally(shown)
    try {
      const memory = Math.max(memoryOf(rules), running === null ? 0 : memoryOf(running.rules))
      const memoryMs = Math.min(memory, MOST_MEMORY_MS)
      const gathered = await reliving.gather(request, asked, { ...GATHERING, limit, memoryMs, signal })
      const { kept, compared, oldest } = gathered
      shown.total = compared
      shown.besides = kept.length - compared
      shown.besides_from = isoOrNull(kept.find((past) => !past.compared)?.at ?? null)
      shown.cannot_know = unknowable(gathered, { memory, running: gateway.rules.status().version })
      shown.sentence = 'Reliving what they met.'
      shown.status = 'running'
      job.counts = () =>
        countsShown(
          { rules_version: rules.version, actions: shown.done, asked, oldest },
          parts.counted(),
          before.counted(),
          // The rules of a replay were compiled by these paths.
          (path) => path,
        )
      let askers = 0
      await reliving.each(
        kept,
        signal,
        async (past) => {
          const ended = await simulated.step(pastOf(past))
          const then = await running?.step(pastOf(past))
          if (!past.compared) return
          parts.add(ended.seen)
          if (then !== undefined) before.add(then.seen)
          if (ended.asked) askers++
          tally.add(past, ended)
        },
        () => tally.say(),
      )
      if (askers > 0) shown.cannot_know.unshift({ what: ASKED, count: askers })
    } finally {
      await Promise.all([simulated.close(), running?.close()])
      if (shown.status === 'running') tally.end()
    }
    shown.status = 'done'
  }

  return {
    start,
    look: (owner: string, id: string): Shown => jobOf(owner, id).shown,
    counts(owner: string, id: string): ShownCounts {
      const { counts } = jobOf(owner, id)
      if (counts !== null) return counts()
      throw new ActeonError('CONFLICT', `The replay "${id}" has not begun to count; ask again when it runs.`)
    },
    /** Ends it, and waits until it has ended. */
    async cancel(owner: string, id: string): Promise<Shown> {
      const job = jobOf(owner, id)
      job.stop.abort()
      await job.done
      return job.shown
    },
    async stop(): Promise<void> {
      for (const { stop } of jobs.values()) stop.abort()
      await Promise.all([...jobs.values()].map(({ done }) => done))
    },
  }
}
