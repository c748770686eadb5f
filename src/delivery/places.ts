import type { Action } from '../action/action.js'
import type { Clock } from '../lib/clock.js'
import type { Called } from '../providers/lookup.js'
import type { Provider } from '../providers/provider.js'
import type { Circuits } from './breaker.js'
import { fairSlots, type Slots } from './concurrency.js'
import { hostsOf, type Host, type Hosts } from './hosts.js'
import { DEFAULT_MAX_QUEUE, type ExecutorTerms } from './terms.js'

/** Where attempts at one provider take turns. */
export interface Place {
  slots: Slots
  hosts: Hosts
  /** In backoff; they hold no slot. */
  resting: number
}

/** The places of all providers that were called. */
export interface Places {
  readonly all: Map<Provider, Place>
  of(called: Called): Place
  /** The host that the payload names for this provider; it is then judged instead of the provider. */
  hostOf(called: Called, action: Action): Host | undefined
  /** Whether a call would be refused now. What a person opened holds for every host. */
  refuses(called: Called, action: Action): boolean
}

export function placesOf(executor: ExecutorTerms, circuits: Circuits, clock: Clock): Places {
  const all = new Map<Provider, Place>()
  const of = ({ provider, terms }: Called): Place => {
    let place = all.get(provider)
    if (place === undefined) {
      const maxConcurrent = terms.max_concurrent ?? executor.max_concurrent
      const maxQueue = terms.max_queue ?? DEFAULT_MAX_QUEUE
      const hosts = hostsOf({ maxConcurrent, maxQueue, terms: () => circuits.terms(provider.name), clock })
      place = { slots: fairSlots(maxConcurrent), hosts, resting: 0 }
      all.set(provider, place)
    }
    return place
  }
  const hostOf = (called: Called, action: Action): Host | undefined => {
    const name = called.provider.hostOf?.(action)
    return name === undefined ? undefined : of(called).hosts.of(name)
  }
  return {
    all,
    of,
    hostOf,
    refuses(called, action) {
      const { name } = called.provider
      const host = hostOf(called, action)
      return host === undefined ? circuits.refuses(name) : circuits.isHeldOpen(name) || host.refuses()
    },
  }
}

/** Who waits: for a place, at a host, or for the time of the next attempt. */
export const waitingAt = ({ slots, hosts, resting }: Place): number => slots.waiting + hosts.waiting + resting
