import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Clock } from '../../lib/clock.js'
import type { Durability, StateStore } from '../store.js'
import { admit } from './admit.js'
import { groupCommit, type CommitParts } from './commit.js'
import { complete, park } from './complete.js'
import { storedCounters } from './counters.js'
import { deadLetter, deadLetters, discardDeadLetter, editDeadLetter } from './dead-letters.js'
import { due } from './due.js'
import { entry, openEntries, stats } from './entry-views.js'
import { eventsNamed, history, listEvents, lookup } from './events.js'
import { frames } from './frames.js'
import { checkGates } from './gates.js'
import { flush, groupsNamed, listGroups } from './groups.js'
import { findEntry } from './entries.js'
import { join, leave, nodes, renew, resume } from './leases.js'
import { acknowledge, outbox } from './recording.js'
import { casRecord, listRecords, readRecord, takePermits } from './records.js'
import { redeliver } from './redeliver.js'
import { reseal } from './reseal.js'
import type { Settings } from './step.js'
import { closeUnlocked, type Sql } from './sql.js'
import { sweep, type Rounds } from './sweep.js'
import { countAll } from './tally.js'
import { transition } from './by-hand.js'

/** A state store in a database of this process, which an audit store may share. */
export interface SqliteState extends StateStore {
  readonly database: DatabaseSyncInstance
}

export interface StoreParts extends Pick<CommitParts, 'defer' | 'onFatal'> {
  sql: Sql
  settings: Settings
  clock: Clock
  durability: Durability
}

/** Puts the operations together over an opened database: those that change go through the group commit. */
export function createStore({ sql, settings, clock, durability, defer, onFatal }: StoreParts): SqliteState {
  const counters = storedCounters(sql)
  const wakes = new Set<() => void>()
  let told = counters.frame
  const commits = groupCommit({
    sql,
    settings,
    clock,
    counters,
    tally: countAll(sql),
    defer,
    onFatal,
    onCommit() {
      if (counters.frame === told) return
      told = counters.frame
      for (const wake of wakes) wake()
    },
  })
  const { submit, read } = commits
  const rounds: Rounds = { window: 0, tenant: 0 }

  return {
    database: sql.database,
    durability,

    join: (request) => submit(request, (step) => join(step, request)),
    renew: (request) => submit(request, (step) => renew(step, request)),
    leave: (request) => submit(request, (step) => leave(step, request)),
    nodes: () => read(nodes),

    admit: (request) => submit(request, (step) => admit(step, request)),
    peek: ({ entry: key, gates, now }) =>
      read((step) => {
        const seq = key === null ? null : (findEntry(step, key)?.seq ?? null)
        return checkGates(step, gates, seq, true).readings.map(({ trace }) => trace)
      }, now),
    complete: (request) => submit(request, (step) => complete(step, request)),
    park: (request) => submit(request, (step) => park(step, request)),
    resume: (request) => submit(request, (step) => resume(step, request)),
    due: (request) => submit(request, (step) => due(step, request)),
    entry: (key) => read((step) => entry(step, key)),
    openEntries: (list) => read((step) => openEntries(step, list)),

    lookup: (request) => read((step) => lookup(step, request)),

    flush: (request) => submit(request, (step) => flush(step, request)),
    group: (named) => read((step) => groupsNamed(step, named)),
    groups: (list) => read((step) => listGroups(step, list)),

    transition: (request) => submit(request, (step) => transition(step, request)),
    event: (named) => read((step) => eventsNamed(step, named)),
    history: (key) => read((step) => history(step, key)),
    events: (list) => read((step) => listEvents(step, list)),

    deadLetters: (list) => read((step) => deadLetters(step, list)),
    deadLetter: (id) => read((step) => deadLetter(step, id)),
    editDeadLetter: (request) => submit(request, (step) => editDeadLetter(step, request)),
    discardDeadLetter: (request) => submit(request, (step) => discardDeadLetter(step, request)),
    redeliver: (request) => submit(request, (step) => redeliver(step, request)),

    readRecord: (kind, name) => read((step) => readRecord(step, kind, name)),
    casRecord: (request) => submit(request, (step) => casRecord(step, request)),
    listRecords: (kind, page) => read((step) => listRecords(step, kind, page)),
    take: (request) => submit(request, (step) => takePermits(step, request)),

    frames: (request) => read((step) => frames(step, request)),
    onFrames(wake) {
      wakes.add(wake)
      return () => void wakes.delete(wake)
    },

    outbox: (request) => read((step) => outbox(step, request)),
    acknowledge: (request) => submit(request, (step) => acknowledge(step, request)),

    sweep: (request) => submit(request, (step) => sweep(step, request, rounds)),
    reseal: (request) => submit(request, (step) => reseal(step, request)),
    stats: () => read(stats),
    health: () =>
      commits.write().then(
        (trouble) => (trouble === null ? { ok: true } : { ok: false, reason: trouble }),
        (error: unknown) => ({ ok: false, reason: error instanceof Error ? error.message : String(error) }),
      ),
    async close() {
      if (commits.close()) closeUnlocked(sql)
    },
  }
}
