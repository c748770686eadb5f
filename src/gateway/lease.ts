import type { Cancel, Clock } from '../lib/clock.js'
import {
  ABORT_AFTER_MS,
  OP_DEADLINE_MS,
  RENEW_EVERY_MS,
  TRUST_LEASE_MS,
  StoreRefused,
  StoreUnavailable,
  type Lease,
  type Op,
  type StateStore,
} from '../state/store.js'
import type { Observer } from './gateway.js'

/**
 * This node's lease (spec section 8): renewed every 5 s; no attempt starts when the last renewal, counted from its
 * sending, is older than 12 s; running attempts are aborted when it is 14 s old. A renewal that comes after the lease
 * ran out is refused: the node joins anew under another number, and what was the old one's is resumed by whoever comes
 * first. All ages are on the monotonic clock, so a pause of the process or a jump of the wall clock cannot stretch them.
 */
export interface NodeLease {
  /** The present incarnation. */
  owner(): number
  /** The store's clock as of the last renewal, carried on by our monotonic clock. */
  storeNow(): number
  /** Whether the lease is fresh enough to start something under it. */
  trusted(): boolean
  /** Waits until an attempt may start under `owner`; false once that incarnation is over. */
  mayStart(owner: number): Promise<boolean>
  /** Aborts when what runs under `owner` must end. */
  signal(owner: number): AbortSignal
  /** Joins anew at once: this incarnation can no longer be vouched for. */
  giveUp(): void
  /** Ends the lease, so that others take over without waiting. */
  leave(): Promise<void>
}

const RETRY_MS = 500

/** Joins, and renews until `leave`. @throws StoreUnavailable when the store does not answer the first time */
export async function joinCluster(machine: {
  state: StateStore
  clock: Clock
  newId: () => string
  node: string
  observer: Observer
}): Promise<NodeLease> {
  const { state, clock, newId, node, observer } = machine
  let lease!: Lease
  let sentAt = 0
  let storeOffset = clock.now() - clock.monotonic()
  let over = new AbortController()
  let left = false
  let cancelTimer: Cancel = () => {}
  let cancelAbort: Cancel = () => {}
  let waiting: (() => void)[] = []

  const op = (): Op => ({ token: newId(), deadline: storeNow() + OP_DEADLINE_MS })
  const storeNow = (): number => clock.monotonic() + storeOffset
  const age = (): number => clock.monotonic() - sentAt
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  const take = (taken: Lease, at: number): void => {
    const isNew = lease === undefined || taken.owner !== lease.owner
    lease = taken
    sentAt = at
    storeOffset = taken.now - clock.monotonic()
    // After 14 s without a renewal attempts were aborted; a renewal in the last second makes new ones possible again.
    if (isNew || over.signal.aborted) over = new AbortController()
    cancelAbort()
    cancelAbort = clock.after(ABORT_AFTER_MS - age(), () => {
      observer.log?.('error', 'lease: not renewed in time, running attempts end here', { owner: lease.owner })
      over.abort(new LeaseLost())
    })
    wake()
  }
  /** The wall clock may have jumped, or the monotonic one stood still while the machine slept: a refusal says what time it is. */
  const asking = async <T>(send: (asked: Op) => Promise<T>): Promise<T> => {
    const asked = op()
    try {
      return await send(asked)
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error
      storeOffset = asked.deadline + error.lateMs - clock.monotonic()
      return send(op())
    }
  }
  const join = async (): Promise<void> => {
    const at = clock.monotonic()
    take(await asking((asked) => state.join({ ...asked, node })), at)
  }
  const rejoin = async (): Promise<void> => {
    over.abort(new LeaseLost())
    await join()
    observer.log?.('warn', 'lease: joined anew', { owner: lease.owner })
  }
  const renew = async (): Promise<void> => {
    const at = clock.monotonic()
    const answer = await asking((asked) => state.renew({ ...asked, owner: lease.owner }))
    if ('expired' in answer) await rejoin()
    else take(answer, at)
  }
  const loop = (delayMs: number, step: () => Promise<void>): void => {
    cancelTimer()
    if (left) return
    cancelTimer = clock.after(delayMs, () => {
      step().then(
        () => loop(RENEW_EVERY_MS, renew),
        (error: unknown) => {
          const told = error instanceof StoreUnavailable ? 'warn' : 'error'
          observer.log?.(told, 'lease: could not be renewed', { error: String(error) })
          loop(RETRY_MS, step)
        },
      )
    })
  }

  await join()
  loop(RENEW_EVERY_MS, renew)
  const trusted = (): boolean => age() <= TRUST_LEASE_MS && !over.signal.aborted
  return {
    owner: () => lease.owner,
    storeNow,
    trusted,
    async mayStart(owner) {
      while (!left && owner === lease.owner) {
        if (trusted()) return true
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return false
    },
    signal: (owner) => (owner === lease.owner ? over.signal : AbortSignal.abort(new LeaseLost())),
    giveUp() {
      over.abort(new LeaseLost())
      loop(0, rejoin)
    },
    async leave() {
      left = true
      cancelTimer()
      cancelAbort()
      wake()
      over.abort(new LeaseLost())
      await state.leave({ ...op(), owner: lease.owner })
    },
  }
}

/** Why an attempt was ended: its node can no longer vouch that nobody else is sending the same. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
  constructor() {
    super('the node lost its lease')
  }
}
