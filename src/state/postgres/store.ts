import type pg from 'pg'
import type { Clock } from '../../lib/clock.js'
import type { StateStore } from '../store.js'
import { admit, gatesOf } from './admit.js'
import { complete, park } from './complete.js'
import { deadLetter, deadLetters, discardDeadLetter, editDeadLetter, redeliver } from './dead-letters.js'
import { factsOf, type Watch } from './durability.js'
import { eventsNamed, history, listEvents, lookup, transition } from './events.js'
import { frames } from './frames.js'
import { flush, groupsNamed, listGroups } from './groups.js'
import { join, leave, nodes, renew, resume } from './leases.js'
import { casRecord, listRecords, readRecord, takePermits } from './records.js'
import { reseal } from './reseal.js'
import type { Server } from './server.js'
import type { Settings, Step } from './step.js'
import { plain } from '../../lib/postgres-text.js'
import { acknowledge, due, entry, openEntries, outbox, stats, sweep } from './upkeep.js'
import { createWakes } from './wakes.js'

export interface StoreParts {
  pool: pg.Pool
  server: Server
  settings: Settings
  watch: Watch
  clock: Clock
}

/** Puts the operations together over a pool of connections. */
export function createStore({ pool, server, settings, watch, clock }: StoreParts): StateStore {
  const step: Step = { server, settings }
  const wakes = createWakes(clock, async () => (await frames(step, { after: null, limit: 0 })).last)
  let ending: Promise<void> | null = null

  /** What may have added frames wakes who listens to them. */
  async function waking<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const given = await answer
    wakes.wake()
    return given
  }

  return {
    get durability() {
      return watch.durability()
    },

    join: (request) => join(step, request),
    renew: (request) => renew(step, request),
    leave: (request) => leave(step, request),
    nodes: () => nodes(step),

    admit: (request) => waking(admit(step, request)),
    peek: async ({ entry: key, gates, now }) =>
      plain(
        await server.call('peek', {
          now: now ?? server.now(),
          entry: key,
          gates: gatesOf(gates),
          retention: settings.idRetentionMs,
        }),
      ),
    complete: (request) => waking(complete(step, request)),
    park: (request) => park(step, request),
    resume: (request) => resume(step, request),
    due: (request) => waking(due(step, request)),
    entry: (key) => entry(step, key),
    openEntries: (list) => openEntries(step, list),

    lookup: (request) => lookup(step, request),

    flush: (request) => waking(flush(step, request)),
    group: (named) => groupsNamed(step, named),
    groups: (list) => listGroups(step, list),

    transition: (request) => waking(transition(step, request)),
    event: (named) => eventsNamed(step, named),
    history: (key) => history(step, key),
    events: (list) => listEvents(step, list),

    deadLetters: (list) => deadLetters(step, list),
    deadLetter: (id) => deadLetter(step, id),
    editDeadLetter: (request) => editDeadLetter(step, request),
    discardDeadLetter: (request) => discardDeadLetter(step, request),
    redeliver: (request) => redeliver(step, request),

    readRecord: (kind, name) => readRecord(step, kind, name),
    casRecord: (request) => casRecord(step, request),
    listRecords: (kind, page) => listRecords(step, kind, page),
    take: (request) => takePermits(step, request),

    frames: (request) => frames(step, request),
    onFrames: wakes.listen,

    outbox: (request) => outbox(step, request),
    acknowledge: (request) => acknowledge(step, request),

    sweep: (request) => sweep(step, request),
    reseal: (request) => reseal(step, request),
    stats: () => stats(step),
    async health() {
      try {
        const [facts] = await Promise.all([
          factsOf(pool),
          server.read('SELECT acteon.time($1)', [server.now() ?? null]),
        ])
        watch.saw(facts)
        return { ok: true }
      } catch (error) {
        return { ok: false, reason: error instanceof Error ? error.message : String(error) }
      }
    },
    close() {
      wakes.close()
      return (ending ??= pool.end())
    },
  }
}
