import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Gateway } from '../gateway/gateway.js'
import { sleep, type Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import type { RuleSet } from '../rules/ruleset.js'
import { iso } from './lists.js'
import { keptOf, pastOf, type Kept, type Missed } from './replay-kept.js'
import { createTally } from './replay-tally.js'
import type { ReplayJob } from './rule-shapes.js'
import type { Asked } from './asked.js'
import type { Traffic } from './traffic.js'

export const MOST_REPLAYED = 50_000
const AT_ONCE = 2
const KEPT = 20
const KEPT_MS = 600_000
/** So long it works before others have their turn, and so long it then rests while actions are in hand. */
const SLICE_MS = 8
const BUSY_REST_MS = 25
const GATHERING = { records: 500_000, ms: 120_000 }

type Shown = Static<typeof ReplayJob>

interface Job {
  owner: string
  stop: AbortController
  endedAt: number | null
  shown: Shown
  done: Promise<void>
}

/** Replays of past traffic through other rules: jobs of this node, one at a time per caller. */
export function createReplays(parts: {
  gateway: Gateway
  traffic: Traffic
  clock: Clock
  newId: () => string
  inHand: () => number
}) {
  const { gateway, traffic, clock, newId, inHand } = parts
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
    const job: Job = { owner, stop: new AbortController(), endedAt: null, shown, done: Promise.resolve() }
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

  async function run(
    { shown, stop: { signal } }: Job,
    request: FastifyRequest,
    rules: RuleSet,
    asked: Asked,
    limit: number,
  ): Promise<void> {
    const { kept, cannotKnow } = await gather(request, asked, limit, signal)
    shown.total = kept.length
    shown.cannot_know = cannotKnow
    shown.status = 'running'
    const tally = createTally(shown)
    const simulated = await gateway.simulate(rules)
    try {
      let since = clock.monotonic()
      for (const past of kept) {
        signal.throwIfAborted()
        tally.add(past, await simulated.step(pastOf(past)))
        if (clock.monotonic() - since < SLICE_MS) continue
        tally.say()
        await (inHand() > 0 ? sleep(clock, BUSY_REST_MS) : turn())
        since = clock.monotonic()
      }
    } finally {
      await simulated.close()
      tally.end()
    }
    shown.status = 'done'
  }

  /** The newest that match, oldest first. */
  async function gather(request: FastifyRequest, asked: Asked, limit: number, signal: AbortSignal) {
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
      GATHERING,
    )
    signal.throwIfAborted()
    await turn()
    return {
      kept: kept.reverse(),
      cannotKnow: unknowable(counts, kept.length, scannedTo === null ? null : (kept[0]?.at ?? null)),
    }
  }

  return {
    start,
    look: (owner: string, id: string): Shown => jobOf(owner, id).shown,
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

function unknowable(
  { payload, masked, changed, own }: { payload: number; masked: number; changed: number; own: number },
  kept: number,
  oldest: number | null,
): Shown['cannot_know'] {
  const told = (count: number, what: string): Shown['cannot_know'] => (count === 0 ? [] : [{ what, count }])
  return [
    ...told(own, 'were made by the gateway itself, as batches and notifications are; they follow from the others'),
    ...told(payload, 'have no payload on record and were left out'),
    ...told(masked, 'have masked values, which rules see masked'),
    ...told(changed, 'are on record as rules had changed them, not as they were sent'),
    ...(oldest === null
      ? []
      : [{ what: `only the newest ${kept} were replayed, from ${iso(oldest)} on`, count: null }]),
    {
      what: 'keys, counters, groups and events begin empty: the first actions lack what came before them',
      count: null,
    },
    {
      what: 'providers are taken to answer as recorded, and to deliver where nothing is recorded; moves by hand are left out',
      count: null,
    },
  ]
}
