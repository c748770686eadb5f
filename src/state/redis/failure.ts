import { StoreUnavailable } from '../store.js'

/** Errors of the server that come before a script's first write, and what they mean to people. */
const REFUSALS: readonly [start: string, says: string][] = [
  ['OOM', 'it is full (maxmemory); raise its limit'],
  ['MISCONF', 'it cannot write to its disk'],
  ['READONLY', 'it is a replica and takes no writes'],
  ['NOREPLICAS', 'too few replicas follow it'],
  ['LOADING', 'it is still loading its data'],
  ['BUSY', 'another script keeps it busy'],
  ['MASTERDOWN', 'its primary is down'],
  ['CLUSTERDOWN', 'the cluster is down'],
  ['TRYAGAIN', 'a slot is being moved'],
  ['MOVED', 'a slot has moved'],
  ['ASK', 'a slot is being moved'],
  ['NOAUTH', 'it asks for a password'],
  ['WRONGPASS', 'it does not take the user name and password'],
  ['NOPERM', 'the user may not do this'],
]

const NOT_SENT =
  /Stream isn't writeable|enableOfflineQueue|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|Failed to refresh slots|Cluster isn't ready|started nodes are available/

/** What an error of the client or the server means for the operation that met it. */
export function failureOf(error: unknown): StoreUnavailable {
  const { message } = error as Error
  if ((error as Error).name === 'ReplyError') {
    const code = /^[A-Z]+/.exec(message)?.[0] ?? ''
    const refusal = REFUSALS.find(([start]) => start === code)
    if (refusal !== undefined)
      return new StoreUnavailable(`Redis refuses: ${refusal[1]} (${message}).`, 'no', { cause: error })
    // A script that broke off may have written some of it.
    return new StoreUnavailable(`Redis answered with an error: ${message}`, 'unknown', { cause: error })
  }
  const applied = NOT_SENT.test(message) ? 'no' : 'unknown'
  return new StoreUnavailable(
    applied === 'no' ? `Redis cannot be reached: ${message}` : `Redis did not answer: ${message}`,
    applied,
    { cause: error },
  )
}
