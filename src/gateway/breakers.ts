import { breakerProblems, type BreakerSettings } from '../delivery/circuit-terms.js'
import { createBreakers, type Breakers, type CircuitRecords } from '../delivery/breaker.js'
import { startLoop } from '../jobs/loop.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { nearest } from '../lib/suggest.js'
import type { Providers } from '../providers/lookup.js'
import type { StateStore, StoredRecord } from '../state/store.js'
import type { Ask } from './ask.js'
import type { BreakerView, Caller, GatewayBreakers, Observer } from './gateway.js'
import type { SystemFact } from './system-records.js'

const BREAKER = 'breaker'

/** The circuits of this gateway's providers, kept in step with those of other nodes. */
export interface RunningBreakers extends GatewayBreakers {
  readonly circuits: Breakers
  /** Looks for changes of other nodes now. */
  look(): void
  /** Other settings and providers from now on, checked before with `checkBreakers`. */
  reconfigure(settings: BreakerSettings, providers: Providers): void
  stop(): Promise<void>
}

/** @throws ActeonError CONFIG_INVALID when the settings name an unknown provider, or fallbacks go in a circle */
export function checkBreakers(settings: BreakerSettings, { known }: Pick<Providers, 'known'>): void {
  const [problem] = breakerProblems(settings, known, (name) => nearest(name, known ?? []))
  if (problem !== undefined)
    throw new ActeonError('CONFIG_INVALID', `circuit_breaker.${problem.path.join('.')}: ${problem.message}`)
}

/**
 * Starts with what the store says, so that an open circuit outlives a restart, and reads it again once a second.
 * @throws ActeonError CONFIG_INVALID when the settings name an unknown provider, or fallbacks go in a circle
 */
export async function runBreakers(parts: {
  settings: BreakerSettings
  providers: Providers
  state: StateStore
  ask: Ask
  clock: Clock
  storeNow: () => number
  node: string
  observer: Observer
  record: (fact: SystemFact) => Promise<void>
  lookEveryMs: number
}): Promise<RunningBreakers> {
  const { settings, providers, state, ask, clock, storeNow, node, observer, record, lookEveryMs } = parts
  const recording = new Set<Promise<void>>()
  /** The node that made a change puts it on record; the others only hear of it. */
  function onRecord(provider: string, to: string, why: string, from: string | null, caller?: Caller): void {
    const details = { state: to, ...(from !== null && { previous_state: from }), why }
    const done = record({ action_type: 'circuit_breaker', provider, details, caller }).finally(() =>
      recording.delete(done),
    )
    recording.add(done)
  }
  checkBreakers(settings, providers)

  const circuits = createBreakers({
    settings,
    names: [...providers.all.keys()],
    records: recordsIn(state, ask),
    clock,
    storeNow,
    node,
    changed(provider, { state: now, until, by, why }, previous) {
      const text = `circuit of provider "${provider}": ${previous} → ${now}`
      observer.log?.(now === 'open' ? 'warn' : 'info', text, { provider, why, by, ...(until !== null && { until }) })
      observer.circuit?.({ provider, state: now, by })
      if (by === node && why !== 'by_hand') onRecord(provider, now, why, previous)
    },
    failed: (provider, error) =>
      observer.log?.('warn', 'a circuit could not be looked up or told to other nodes', {
        provider,
        error: String(error),
      }),
  })
  await circuits.look()
  const looking = startLoop({
    clock,
    step: () => circuits.look().then(() => lookEveryMs),
    failed: (error) => observer.log?.('warn', 'circuits could not be read', { error: String(error) }),
  })

  async function byHand(to: 'trip' | 'reset', provider: string, caller?: Caller): Promise<BreakerView> {
    const view = await circuits[to](provider, caller?.id ?? 'anonymous')
    if (view !== null) {
      onRecord(provider, view.state, 'by_hand', null, caller ?? { id: 'anonymous', method: 'none' })
      return view
    }
    const near = nearest(
      provider,
      circuits.list().map((one) => one.provider),
    )
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`
    throw new ActeonError('NOT_FOUND', `There is no circuit breaker of a provider "${provider}".${hint}`)
  }

  return {
    circuits,
    list: circuits.list,
    trip: (provider, caller) => byHand('trip', provider, caller),
    reset: (provider, caller) => byHand('reset', provider, caller),
    look: looking.wake,
    reconfigure(next, all) {
      circuits.reconfigure(next, [...all.all.keys()])
      // A provider that is new here may have an open circuit in the store.
      looking.wake()
    },
    async stop() {
      // A look at a store that hangs is not waited for.
      void looking.stop()
      await circuits.told()
      await Promise.all(recording)
    },
  }
}

const recordsIn = (state: StateStore, ask: Ask): CircuitRecords => ({
  async list() {
    const found: StoredRecord[] = []
    for (let cursor: string | undefined; ;) {
      const page = await state.listRecords(BREAKER, { ...(cursor !== undefined && { cursor }), limit: 1_000 })
      found.push(...page.items)
      cursor = page.next_cursor
      if (cursor === undefined) return found
    }
  },
  read: (name) => state.readRecord(BREAKER, name),
  write: (name, version, value) =>
    ask('casRecord', 'until-known', (op) => state.casRecord({ ...op, kind: BREAKER, name, version, value })),
})
