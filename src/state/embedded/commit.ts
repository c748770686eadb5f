import type { Clock } from '../../lib/clock.js'
import { StoreRefused, StoreUnavailable, type Op } from '../store.js'
import { storeClock, type StoredCounters } from './counters.js'
import { failureOf, isFull } from './failure.js'
import type { Settings, Step } from './step.js'
import type { Sql } from './sql.js'
import type { Tally } from './tally.js'
import { createTokens } from './tokens.js'

/** After so many operations, or so much time, a batch is committed, and the next one begins in a later turn. */
const MOST_OPERATIONS = 256
const LONGEST_BATCH_MS = 8

/** A full disk may still have room for a small commit: that larger ones failed is told so long. */
const TROUBLE_TOLD_MS = 10_000
const SHORTEN_EVERY_MS = 1_000
const CLOSED = 'it was closed.'

interface Waiting {
  /** Null for what carries no token. */
  op: Op | null
  run: (step: Step) => unknown
  resolve: (answer: never) => void
  reject: (error: unknown) => void
}

export interface Commits {
  /** Runs an operation in the next batch; resolves once it is committed. */
  submit<Answer>(op: Op, run: (step: Step) => Answer): Promise<Answer>
  /** Answers from what is committed, at once. */
  read<Answer>(answer: (step: Step) => Answer, now?: number): Promise<Answer>
  /** Commits the present time, to see whether that works; what an operation met in the last ten seconds, or null. */
  write(): Promise<string | null>
  /** Commits what waits and refuses what comes later. False after a failure that stopped the store: the file is best left alone. */
  close(): boolean
}

export interface CommitParts {
  sql: Sql
  settings: Settings
  tally: Tally
  counters: StoredCounters
  clock: Clock
  /** Calls the function in a later turn: all that is submitted until then shares one transaction. */
  defer: (run: () => void) => void
  /** Called once, when a flush to disk failed or the file is damaged: what is stored is no longer known. */
  onFatal: (error: Error) => void
  /** Called after each commit. */
  onCommit: () => void
}

/**
 * Group commit. Operations that arrive in the same turn run one after the other inside one transaction, and share its
 * flush. When one of them throws, all are rolled back and each runs again in a transaction of its own, so that only the
 * culprit fails.
 */
export function groupCommit(parts: CommitParts): Commits {
  const { sql, settings, tally, counters, clock, defer, onFatal, onCommit } = parts
  const time = storeClock(counters, clock)
  const tokens = createTokens()
  const waiting: Waiting[] = []
  let deferred = false
  let refusal: string | null = null
  let weight = 0
  let trouble: { error: StoreUnavailable; at: number } | null = null
  let shortened = -Infinity
  const step = { sql, settings, tally, counters, now: counters.clock, weigh: (size: number) => void (weight += size) }

  function answer({ op, run }: Waiting): unknown {
    step.now = time(op?.now)
    if (op === null) return run(step)
    const known = tokens.find(op.token, step.now)
    if (known !== undefined) return known.answer
    if (op.deadline < step.now) return new StoreRefused(step.now - op.deadline)
    weight = 500
    const given = run(step)
    tokens.keep(op.token, step.now, given, weight)
    return given
  }

  /** Runs `work` in one transaction; its answer once that is committed, or a throw with everything taken back. */
  function transact<Answer>(work: () => Answer): Answer {
    let committing = false
    try {
      sql.exec('BEGIN IMMEDIATE')
      const given = work()
      counters.save()
      committing = true
      sql.exec('COMMIT')
      for (const kept of [counters, tally, tokens]) kept.commit()
      return given
    } catch (error) {
      for (const kept of [counters, tally, tokens]) kept.rollback()
      const failure = failureOf(error, committing ? 'commit' : 'statement')
      if (failure.fatal) stop(failure.error as Error)
      else takeBack()
      if (failure.error instanceof StoreUnavailable) trouble = { error: failure.error, at: clock.monotonic() }
      throw failure.error
    }
  }

  /**
   * The log of commits may itself have filled the disk: what it holds is written back into the database, and its room is
   * given free. Otherwise nothing would ever shorten it, because that is done after a commit. Seldom, since it may fail too.
   */
  function shortenLog(): void {
    if (clock.monotonic() - shortened < SHORTEN_EVERY_MS) return
    shortened = clock.monotonic()
    try {
      sql.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (error) {
      const failure = failureOf(error, 'commit')
      if (failure.fatal) stop(failure.error as Error)
    }
  }

  function takeBack(): void {
    // SQLite has rolled back by itself after some errors (a full disk).
    if (!sql.database.isTransaction) return
    try {
      sql.exec('ROLLBACK')
    } catch (error) {
      stop(new StoreUnavailable('A failed commit could not be taken back.', 'no', { cause: error }))
    }
  }

  function stop(error: Error): void {
    if (refusal !== null) return
    refusal = error.message
    onFatal(error)
  }

  function commitWaiting(): void {
    deferred = false
    if (refusal !== null) return refuseWaiting()
    const taken: Waiting[] = []
    let answers: unknown[]
    try {
      answers = transact(() => {
        const given: unknown[] = []
        const begun = clock.monotonic()
        while (waiting.length > 0 && taken.length < MOST_OPERATIONS && clock.monotonic() - begun < LONGEST_BATCH_MS) {
          const next = waiting.shift()!
          taken.push(next)
          given.push(answer(next))
        }
        return given
      })
    } catch (error) {
      if (isFull(error)) shortenLog()
      // None was begun: the transaction itself could not begin.
      if (taken.length === 0) taken.push(...waiting.splice(0, MOST_OPERATIONS))
      // A commit that failed for good may have reached the disk for every one of them.
      if (refusal !== null || (taken.length === 1 && !isFull(error))) for (const { reject } of taken) reject(error)
      else for (const one of taken) commitAlone(one)
      if (waiting.length > 0) later()
      return
    }
    if (waiting.length > 0) later()
    taken.forEach(({ resolve, reject }, i) =>
      answers[i] instanceof StoreRefused ? reject(answers[i]) : resolve(answers[i] as never),
    )
    onCommit()
  }

  function commitAlone(one: Waiting): void {
    try {
      if (refusal !== null) throw refused()
      const given = transact(() => answer(one))
      if (given instanceof StoreRefused) return one.reject(given)
      one.resolve(given as never)
    } catch (error) {
      return one.reject(error)
    }
    onCommit()
  }

  function later(): void {
    if (deferred) return
    deferred = true
    defer(commitWaiting)
  }

  function refuseWaiting(): void {
    for (const { reject } of waiting.splice(0)) reject(refused())
  }

  const refused = (): StoreUnavailable => new StoreUnavailable(`The state store does not answer: ${refusal}`, 'no')

  const enqueue = <Answer>(op: Op | null, run: (step: Step) => Answer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (refusal !== null) return reject(refused())
      waiting.push({ op, run, resolve, reject })
      later()
    })

  return {
    submit: enqueue,
    write: () =>
      enqueue(null, () =>
        trouble !== null && clock.monotonic() - trouble.at < TROUBLE_TOLD_MS ? trouble.error.message : null,
      ),
    read: (question, now) =>
      new Promise((resolve) => {
        if (refusal !== null) throw refused()
        step.now = time(now)
        try {
          resolve(question(step))
        } catch (error) {
          const failure = failureOf(error, 'statement')
          if (failure.fatal) stop(failure.error as Error)
          throw failure.error
        }
      }),
    close() {
      while (waiting.length > 0 && refusal === null) commitWaiting()
      refuseWaiting()
      const isSound = refusal === null || refusal === CLOSED
      refusal ??= CLOSED
      return isSound
    },
  }
}
