import type { Clock } from '../../lib/clock.js'
import type { StateStore } from '../store.js'
import { admit } from './admit.js'
import { complete, park } from './complete.js'
import type { Client } from './connect.js'
import { deadLetter, deadLetters, discardDeadLetter, editDeadLetter, redeliver } from './dead-letters.js'
import { due } from './due.js'
import { eventsNamed, history, listEvents, lookup, transition } from './events.js'
import type { Watch } from './failover.js'
import { frames, lastFrame } from './frames.js'
import { flush, groupsNamed, listGroups } from './groups.js'
import { entryName } from './keys.js'
import { join, leave, nodes, renew } from './leases.js'
import { pageOf } from './lists.js'
import { createMemo } from './memo.js'
import { peek } from './peek.js'
import { casRecord, listRecords, readRecord, takePermits } from './records.js'
import { resume } from './resume.js'
import { entryView, STATUS_WORDS } from './rows.js'
import type { Server } from './server.js'
import type { Settings, Step } from './step.js'
import { rowOf } from './text.js'
import { acknowledge, outbox, stats, sweep } from './upkeep.js'
import { createWakes } from './wakes.js'

export interface StoreParts {
  client: Client
  server: Server
  settings: Settings
  watch: Watch
  clock: Clock
}

/** Puts the operations together over a connection. */
export function createStore({ client, server, settings, watch, clock }: StoreParts): StateStore {
  const wakes = createWakes(clock, () => lastFrame(server))
  const step: Step = { server, settings, memo: createMemo(clock), wake: wakes.wake }

  return {
    get durability() {
      return watch.durability()
    },

    join: (request) => join(step, request),
    renew: (request) => renew(step, request),
    leave: (request) => leave(step, request),
    nodes: () => nodes(step),

    admit: (request) => admit(step, request),
    peek: (request) => peek(step, request),
    complete: (request) => complete(step, request),
    park: (request) => park(step, request),
    resume: (request) => resume(step, request),
    due: (request) => due(step, request),
    async entry(key) {
      const place = server.place(key)
      const asked = { entry: entryName(place, key), retention: settings.idRetentionMs }
      const row = rowOf(await server.run('entry', place.partition, asked))
      return row === null ? null : entryView(row)
    },
    openEntries: ({ id, statuses, ...list }) => {
      const status = statuses?.map((one) => String(STATUS_WORDS.indexOf(one)))
      return pageOf(step, list, { index: 'open', kind: 'e', falling: false, equals: { id, status } }, entryView)
    },

    lookup: (request) => lookup(step, request),

    flush: (request) => flush(step, request),
    group: (named) => groupsNamed(step, named),
    groups: (list) => listGroups(step, list),

    transition: (request) => transition(step, request),
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
    stats: () => stats(step),
    async health() {
      try {
        await Promise.all([server.run('health', 'global', {}), server.everywhere('health', {})])
        await watch.look()
        return { ok: true }
      } catch (error) {
        return { ok: false, reason: error instanceof Error ? error.message : String(error) }
      }
    },
    async close() {
      wakes.close()
      client.disconnect()
    },
  }
}
