import type { AuditStore, Resealed, ResealRequest } from '../audit/store.js'
import { sleep, type Clock } from '../lib/clock.js'
import type { Sealer } from '../lib/seal.js'
import { leaveKeys } from '../state/sealed/keys.js'
import type { Op, StateStore } from '../state/store.js'

/** Rows of one step: a few milliseconds of an embedded store. */
const PIECE = 100
/** Between two pieces, so that dispatches hardly notice. */
const PAUSE_MS = 5
/** Between two rounds, and after a failure. */
const ROUND_PAUSE_MS = 10_000

export interface Resealing {
  /** Keys that something may still be sealed with, besides the one that seals. Empty: nothing needs older keys. */
  older(): readonly string[]
  /** Resolves when nothing is left to do, or it was stopped. */
  readonly ended: Promise<void>
  stop(): void
}

type State = Pick<StateStore, 'readRecord' | 'casRecord' | 'reseal'>

/**
 * Seals with the first key what older keys sealed, in small pieces beside the work, round after round until one finds
 * nothing: then the older keys are struck off the store's list, and need not be configured any more. A node that still
 * seals with an older key makes another round necessary, so it ends once all nodes have the new key first. A backend that
 * cannot rewrite what it holds keeps its older keys until what they sealed has expired.
 * @param older the keys that the store listed at start, without the first
 */
export function startResealing(parts: {
  state: State
  audit: Pick<AuditStore, 'reseal'> | null
  sealer: Sealer
  older: readonly string[]
  clock: Clock
  op: () => Op
  log: (level: 'info' | 'warn', message: string, fields: Record<string, unknown>) => void
}): Resealing {
  const { state, audit, sealer, clock, op, log } = parts
  let older = parts.older
  let stopped = false
  const wait = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0 && !stopped; left -= 250) await sleep(clock, Math.min(left, 250))
  }

  async function through(store: (request: ResealRequest) => Promise<Resealed>): Promise<number> {
    let changed = 0
    for (let after: string | null = null; !stopped;) {
      const piece = await store({ after, limit: PIECE, change: (text) => sealer.reseal(text) })
      changed += piece.changed
      if (piece.next === null) break
      after = piece.next
      await wait(PAUSE_MS)
    }
    return changed
  }

  async function round(): Promise<number> {
    const inState = await through((request) => state.reseal!({ ...op(), ...request }))
    return inState + (audit === null ? 0 : await through((request) => audit.reseal!(request)))
  }

  async function run(): Promise<void> {
    if (older.length === 0) return
    if (state.reseal === undefined || (audit !== null && audit.reseal === undefined)) {
      log('info', 'sealing: this backend keeps what older keys sealed until it expires; keep them configured', {
        older,
      })
      return
    }
    log('info', `sealing: what key ${older.join(', ')} sealed is sealed with ${sealer.kids[0]!}`, {})
    for (let rounds = 0; !stopped; rounds++) {
      try {
        const changed = await round()
        if (stopped) return
        if (changed === 0) {
          await leaveKeys(state, sealer, op, older)
          log(
            'info',
            `sealing: nothing needs key ${older.join(', ')} any more; it can be removed from [encryption]`,
            {},
          )
          older = []
          return
        }
        log('info', `sealing: ${changed} rows sealed anew`, { key: sealer.kids[0]! })
      } catch (error) {
        log('warn', 'sealing anew was interrupted, and goes on', { error: String(error) })
      }
      // The first round finds what there was; only other nodes make a third one necessary.
      if (rounds > 0) await wait(ROUND_PAUSE_MS)
    }
  }

  return { older: () => older, ended: run(), stop: () => void (stopped = true) }
}
