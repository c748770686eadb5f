import type { Op } from '../state/store.js'

/**
 * Asks the state store one changing operation under one token until it answers. The gateway has it; jobs are given it.
 * @throws StoreUnavailable when there is no answer up to the operation's deadline
 */
export type Ask = <T>(
  operation: string,
  persist: 'until-known' | 'until-done',
  send: (op: Op) => Promise<T>,
) => Promise<T>

/** The node's lease, as far as taking work rests on it. */
export interface WorkLease {
  /** The present incarnation. */
  owner(): number
  /** Whether the lease is fresh enough to take work under it. */
  trusted(): boolean
  /** The store's clock as this node knows it, milliseconds. */
  storeNow(): number
}

/** When to look again while the lease is not fresh enough. */
export const UNTRUSTED_PAUSE_MS = 250
