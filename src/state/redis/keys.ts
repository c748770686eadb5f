import { createHash } from 'node:crypto'
import { keyOf, sha256 } from '../../lib/ids.js'
import type { EntryKey } from '../store.js'

/** Where the keys of a namespace and tenant lie. */
export interface Place {
  /** SHA-256 over both, 64 hex digits. */
  scope: string
  partition: number
}

/** Places are asked for with every operation, mostly the same ones. */
const MOST_PLACES = 10_000

/** Tells the partition of a tenant: SHA-256(namespace, tenant) mod `partitions`. */
export function placesOf(partitions: number): (of: { namespace: string; tenant: string }) => Place {
  const known = new Map<string, Place>()
  return ({ namespace, tenant }) => {
    const name = `${namespace.length}:${namespace}${tenant}`
    let place = known.get(name)
    if (place === undefined) {
      const scope = keyOf(namespace, tenant)
      place = { scope, partition: Number(BigInt(`0x${scope}`) % BigInt(partitions)) }
      if (known.size >= MOST_PLACES) known.clear()
      known.set(name, place)
    }
    return place
  }
}

/** What an entry's key ends in. A derived id is ours, and scripts make such keys themselves. */
export const entryName = ({ scope }: Place, { namespace, tenant, space, id }: EntryKey): string =>
  space === 'caller' ? `c${keyOf(namespace, tenant, id)}` : `d${scope}:${id}`

export const laneName = ({ scope }: Place, lane: string): string => keyOf(scope, lane)
export const eventName = ({ scope }: Place, fingerprint: string): string => `${scope}:${sha256(fingerprint)}`
export const groupName = ({ scope }: Place, key: string): string => `${scope}:${key}`

/** Names of what an active event is found by: any, a value under any label, a value under one. */
export const activeName = ({ scope }: Place, action_type: string, value?: string, label?: string): string =>
  keyOf(scope, action_type, ...[value, label].filter((part) => part !== undefined))

/** A text of callers in an id of ours, which has [A-Za-z0-9._~:-] only: as it is, or its hash when it has other characters. */
export const inId = (text: string): string =>
  /^[A-Za-z0-9._:-][A-Za-z0-9._~:-]{0,199}$/.test(text) ? text : `~${createHash('sha256').update(text).digest('hex')}`
