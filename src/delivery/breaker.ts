import type { Clock } from '../lib/clock.js'
import type { DeliveryError } from '../providers/provider.js'
import { StoreUnavailable, type Conflict, type StoredRecord } from '../state/store.js'
import { callWindow, type CallWindow } from './call-window.js'
import {
  breakerTermsOf,
  DEFAULT_BREAKER,
  fallbacksOf,
  type BreakerSettings,
  type BreakerTerms,
} from './circuit-terms.js'

export type CircuitState = 'closed' | 'open' | 'half_open'

/** A change of a circuit as all nodes know it: the value of a record of kind `breaker`, by the provider's name. */
export interface Circuit {
  state: CircuitState
  /** Since when, on the store's clock, milliseconds. */
  since: number
  /**
   * On the store's clock: until when an open one refuses every call, or its probe may take. null: a closed one, or one
   * that a person opened and a person shall close.
   */
  until: number | null
  /** The node, or the person, that changed it. */
  by: string
  why: 'failures' | 'probe' | 'by_hand'
}

/** A circuit as it is shown. */
export interface BreakerView extends Circuit {
  provider: string
  terms: BreakerTerms
  fallbacks: string[]
  /** Calls of this node within the window. */
  calls: number
  failures: number
}

/** How a call ended, as far as it says something of the provider; `unknown`: it was cut off by us. */
export type CallEnd = 'answered' | 'failed' | 'unknown'
/** Told once how the call that it allowed ended. */
export type Pass = (end: CallEnd) => void

/** The circuits of all providers, as deliveries use them. */
export interface Circuits {
  /** Whether a call would be refused now; asks nobody, changes nothing. */
  refuses(provider: string): boolean
  /** Allows one call, or refuses it (null). The call that tries an open circuit must be done within `timeoutMs`. */
  enter(provider: string, timeoutMs: number): Promise<Pass | null> | Pass | null
  /** Who stands in for it, in order. */
  fallbacks(provider: string): readonly string[]
  /** Whether a person opened it, so that nothing at all may be sent. */
  isHeldOpen(provider: string): boolean
  terms(provider: string): BreakerTerms
}

/** The circuits of all providers, as people see and change them. */
export interface Breakers extends Circuits {
  /** Of each provider that has one. */
  list(): BreakerView[]
  /** Opens it by hand, until it is reset by hand. null: there is none of that name. */
  trip(provider: string, by: string): Promise<BreakerView | null>
  /** Closes it by hand, and forgets the failures. null: there is none of that name. */
  reset(provider: string, by: string): Promise<BreakerView | null>
  /** Reads what other nodes changed. */
  look(): Promise<void>
  /** Other settings and providers from now on; circuits of those that stay are as they were. */
  reconfigure(settings: BreakerSettings, names: readonly string[]): void
  /** Resolves when every change of this node was told, or could not be. */
  told(): Promise<void>
}

/** Where changes are kept for all nodes. */
export interface CircuitRecords {
  list(): Promise<StoredRecord[]>
  read(name: string): Promise<StoredRecord | null>
  /** Compare and set. */
  write(name: string, version: number, circuit: Circuit): Promise<StoredRecord | Conflict>
}

/** A probe's own timeout does not count waiting for the store; with this it has surely ended when another may begin. */
const PROBE_MARGIN_MS = 15_000
/** When the store could not say who probes, it is asked again after this. */
const ASK_AGAIN_MS = 1_000

const OPEN_TO_ALL: Pass = () => {}
/** Nothing is ever refused. */
export const NO_CIRCUITS: Circuits = {
  refuses: () => false,
  enter: () => OPEN_TO_ALL,
  fallbacks: () => [],
  isHeldOpen: () => false,
  terms: () => ({ ...DEFAULT_BREAKER, enabled: false }),
}

/**
 * Whether a failure says that the provider is not well: what may succeed later or never got an answer, and credentials
 * that it refuses. That it refuses one action says nothing against it.
 */
export const countsAgainst = ({ failure, status }: DeliveryError): boolean =>
  failure === 'retryable' ||
  failure === 'ambiguous' ||
  (failure === 'configuration' && (status === undefined || status === 401 || status === 403))

interface Held {
  name: string
  terms: BreakerTerms
  /** Of the record that `circuit` was read from or written to; 0: there is none. */
  version: number
  circuit: Circuit
  window: CallWindow
  /** This node asks the store whether it may probe. */
  asking: boolean
}

/**
 * Circuit breakers (Nygard, "Release It!", 2007). Each node judges by its own calls; what it finds is a record in the
 * store that the others read, and the one call that tries whether the provider is back is taken by compare-and-set, so
 * that over all nodes there is one. Records are never removed, or their versions would begin again.
 */
export function createBreakers(parts: {
  settings: BreakerSettings
  /** Providers that are shown though they were not called yet. */
  names: readonly string[]
  records: CircuitRecords
  clock: Clock
  storeNow: () => number
  node: string
  changed: (provider: string, circuit: Circuit, previous: CircuitState) => void
  failed: (provider: string, error: unknown) => void
}): Breakers {
  const { records, clock, storeNow, node, changed, failed } = parts
  let { settings } = parts
  const held = new Map<string, Held>()
  const telling = new Set<Promise<void>>()

  const circuitOf = (state: CircuitState, until: number | null, why: Circuit['why'], by = node): Circuit => ({
    state,
    since: Math.round(storeNow()),
    until,
    by,
    why,
  })

  function heldOf(name: string): Held {
    let one = held.get(name)
    if (one === undefined) {
      const terms = breakerTermsOf(settings, name)
      const window = callWindow(terms.window_seconds * 1_000, () => clock.monotonic())
      one = { name, terms, version: 0, circuit: circuitOf('closed', null, 'failures'), window, asking: false }
      held.set(name, one)
    }
    return one
  }
  for (const name of parts.names) heldOf(name)

  function hold(one: Held, circuit: Circuit, version = one.version): void {
    const previous = one.circuit.state
    one.circuit = circuit
    one.version = version
    if (previous === circuit.state) return
    one.window.clear()
    changed(one.name, circuit, previous)
  }

  /** What is stored wins over what this node held, when it is newer. */
  function adopt(one: Held, stored: StoredRecord | null): void {
    if (stored !== null && stored.version > one.version) hold(one, stored.value as Circuit, stored.version)
  }

  /** Holds here at once; the others are told. Who was faster wins. */
  function change(one: Held, circuit: Circuit): void {
    const { version } = one
    hold(one, circuit)
    const tell = async (): Promise<void> => {
      const written = await records.write(one.name, version, circuit)
      adopt(one, written.kind === 'conflict' ? await records.read(one.name) : (written as StoredRecord))
    }
    const told = tell()
      .catch((error: unknown) => failed(one.name, error))
      .finally(() => telling.delete(told))
    telling.add(told)
  }

  const opened = ({ terms }: Held, why: Circuit['why']): Circuit =>
    circuitOf('open', storeNow() + terms.recovery_timeout_seconds * 1_000, why)

  /** What a call says while the circuit is closed; one that began before a change says nothing about what came after. */
  const judging = (one: Held): Pass => {
    const { version, terms, window } = one
    return (end) => {
      if (end === 'unknown' || one.circuit.state !== 'closed' || one.version !== version) return
      window.add(end === 'failed')
      const { calls, failures } = window.counts
      if (calls >= terms.minimum_calls && failures >= calls * terms.failure_share && failures > 0)
        change(one, opened(one, 'failures'))
    }
  }

  /** The one call that tries an open circuit. */
  async function probe(one: Held, timeoutMs: number): Promise<Pass | null> {
    one.asking = true
    try {
      const half = circuitOf('half_open', storeNow() + timeoutMs + PROBE_MARGIN_MS, 'probe')
      const written = await records.write(one.name, one.version, half)
      if (written.kind === 'conflict') {
        adopt(one, await records.read(one.name))
        return null
      }
      adopt(one, written as StoredRecord)
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      failed(one.name, error)
      one.circuit = { ...one.circuit, until: storeNow() + ASK_AGAIN_MS }
      return null
    } finally {
      one.asking = false
    }
    const { version } = one
    return (end) => {
      if (one.version !== version) return
      if (end === 'answered') change(one, circuitOf('closed', null, 'probe'))
      else if (end === 'failed') change(one, opened(one, 'probe'))
      else change(one, circuitOf('open', storeNow(), 'probe'))
    }
  }

  const refuses = (one: Held): boolean => {
    const { state, until } = one.circuit
    return one.terms.enabled && state !== 'closed' && (one.asking || until === null || storeNow() < until)
  }

  async function byHand(name: string, circuit: () => Circuit): Promise<BreakerView | null> {
    const one = held.get(name)
    if (one?.terms.enabled !== true) return null
    for (;;) {
      const next = circuit()
      const written = await records.write(name, one.version, next)
      if (written.kind !== 'conflict') {
        one.window.clear()
        adopt(one, written as StoredRecord)
        return viewOf(one)
      }
      const stored = await records.read(name)
      // Somebody was faster; what a person asks for is asked for all the same.
      if (stored === null) one.version = 0
      adopt(one, stored)
    }
  }

  const viewOf = ({ name, terms, circuit, window }: Held): BreakerView => ({
    provider: name,
    ...circuit,
    terms,
    fallbacks: fallbacksOf(settings, name),
    ...window.counts,
  })

  return {
    refuses: (name) => refuses(heldOf(name)),
    enter(name, timeoutMs) {
      const one = heldOf(name)
      if (!one.terms.enabled) return OPEN_TO_ALL
      if (one.circuit.state === 'closed') return judging(one)
      return refuses(one) ? null : probe(one, timeoutMs)
    },
    fallbacks: (name) => fallbacksOf(settings, name),
    isHeldOpen(name) {
      const { terms, circuit } = heldOf(name)
      return terms.enabled && circuit.state === 'open' && circuit.until === null
    },
    terms: (name) => heldOf(name).terms,
    list: () => [...held.values()].filter(({ terms }) => terms.enabled).map(viewOf),
    trip: (name, by) => byHand(name, () => circuitOf('open', null, 'by_hand', by)),
    reset: (name, by) => byHand(name, () => circuitOf('closed', null, 'by_hand', by)),
    async look() {
      for (const stored of await records.list()) {
        // A provider that is gone leaves its record behind.
        const one = held.get(stored.name)
        if (one !== undefined) adopt(one, stored)
      }
    },
    reconfigure(next, names) {
      settings = next
      for (const name of held.keys()) if (!names.includes(name)) held.delete(name)
      for (const name of names) {
        const one = heldOf(name)
        const terms = breakerTermsOf(settings, name)
        if (terms.window_seconds !== one.terms.window_seconds)
          one.window = callWindow(terms.window_seconds * 1_000, () => clock.monotonic())
        one.terms = terms
      }
    },
    async told() {
      while (telling.size > 0) await Promise.all(telling)
    },
  }
}
