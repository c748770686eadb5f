import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { outcomeWord, type OutcomeType } from '../action/outcome.js'
import type { Observer } from '../gateway/gateway.js'
import type { StateStats, StateStore } from '../state/store.js'
import { CounterNames, type Counters } from './shapes.js'

/** What a gateway tells of itself, counted: for Prometheus, as JSON, and per provider. */
export interface Metrics {
  readonly observer: Observer
  /** Text for Prometheus; asks the store for its sizes. */
  prometheus(state: StateStore): Promise<{ type: string; text: string }>
  counters(): Counters
  /** Per provider, for those that were called. */
  provider(name: string): ProviderFigures | undefined
}

export interface ProviderFigures {
  total: number
  successes: number
  failures: number
  /** Of the last calls, milliseconds, unsorted. */
  durationsMs: number[]
  /** Wall time of the last call's end. */
  lastAt: number
  lastResult: string
  lastError: string | null
}

/** Names that callers can choose end up as labels; beyond this many they are counted as one. */
const MOST_LABELS = 500
const OTHER = '(other)'
const KEPT_DURATIONS = 1_000
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** @param now wall time, milliseconds */
export function createMetrics(now: () => number): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const series = seriesOf(registry)
  const counted = Object.fromEntries(CounterNames.map((name) => [name, 0])) as Counters
  const figures = new Map<string, ProviderFigures>()
  const providerLabel = boundedLabel()
  const ruleLabel = boundedLabel()

  const observer: Observer = {
    planned: (durationMs) => series.plan.observe(durationMs / 1_000),
    stateOperation(operation, durationMs, ok) {
      series.state.observe({ operation, ok: String(ok) }, durationMs / 1_000)
    },
    attempt({ provider, result, duration_ms, error = null }) {
      const name = providerLabel(provider)
      series.attempts.inc({ provider: name, result })
      series.attempt.observe({ provider: name }, duration_ms / 1_000)
      note(figures, name, result, duration_ms, now(), error)
    },
    outcome({ kind, outcome, provider, rule, durationMs }) {
      const word = outcomeWord(outcome as OutcomeType)
      series.outcomes.inc({
        kind,
        outcome: word,
        provider: providerLabel(provider),
        rule: rule === null ? '' : ruleLabel(rule),
      })
      if (kind !== 'dispatch') return
      series.dispatch.observe({ outcome: word }, durationMs / 1_000)
      counted.dispatched++
      if (Object.hasOwn(counted, word)) counted[word as keyof Counters]++
    },
    circuit({ provider, state }) {
      series.circuits.inc({ provider: providerLabel(provider), state })
      series.open.set({ provider: providerLabel(provider) }, state === 'closed' ? 0 : 1)
      counted.circuit_transitions++
    },
    differing({ what, nodes }) {
      series.differing.set({ what }, nodes)
    },
    jobs({ ran, lagMs }) {
      series.jobs.inc(ran)
      series.lag.observe(lagMs / 1_000)
    },
  }
  return {
    observer,
    counters: () => ({ ...counted }),
    provider: (name) => figures.get(name),
    async prometheus(state) {
      series.setSizes(await state.stats())
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}

function seriesOf(registry: Registry) {
  const registers = [registry]
  const histogram = (name: string, help: string, labelNames: string[] = []) =>
    new Histogram({ name: `acteon_${name}`, help, labelNames, registers, buckets: SECONDS })
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `acteon_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `acteon_${name}`, help, labelNames, registers })
  const sizes: Record<Exclude<keyof StateStats, 'job_lag_ms'>, Gauge> = {
    open: gauge('open_actions', 'Accepted actions without a final outcome.'),
    queued: gauge('queued_actions', 'Actions that wait for their turn in a lane.'),
    parked: gauge('parked_actions', 'Actions that wait for a later attempt.'),
    scheduled: gauge('scheduled_actions', 'Actions that wait until they are due.'),
    jobs: gauge('jobs', 'Work that has a due time.'),
    groups: gauge('groups', 'Open groups.'),
    events: gauge('events', 'Active events.'),
    dead_letters: gauge('dead_letters', 'What failed for good and waits for a person.'),
    outbox: gauge('outbox', 'Audit records that wait to be written.'),
  }
  const lateness = gauge('job_lag_seconds', 'How late the earliest job is.')
  return {
    outcomes: counter('outcomes_total', 'Final outcomes.', ['kind', 'outcome', 'provider', 'rule']),
    attempts: counter('provider_attempts_total', 'Calls of providers.', ['provider', 'result']),
    circuits: counter('circuit_changes_total', "Changes of providers' circuits.", ['provider', 'state']),
    open: gauge('circuit_open', 'Whether the circuit of a provider is not closed.', ['provider']),
    differing: gauge(
      'differing_nodes',
      'Nodes that have other rules, another configuration, or other users and keys than this one.',
      ['what'],
    ),
    jobs: counter('jobs_total', 'Jobs that were run.'),
    dispatch: histogram('dispatch_seconds', 'From the admission of a dispatch to its outcome.', ['outcome']),
    plan: histogram('plan_seconds', 'Planning one action.'),
    state: histogram('state_operation_seconds', 'Operations on the state store.', ['operation', 'ok']),
    attempt: histogram('provider_attempt_seconds', 'Calls of providers.', ['provider']),
    lag: histogram('job_start_lag_seconds', 'How late jobs were when they ran.'),
    setSizes(stats: StateStats) {
      for (const [name, size] of Object.entries(sizes)) size.set(stats[name as keyof typeof sizes])
      lateness.set(stats.job_lag_ms / 1_000)
    },
  }
}

function boundedLabel(): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return name
    if (known.size >= MOST_LABELS) return OTHER
    known.add(name)
    return name
  }
}

function note(
  figures: Map<string, ProviderFigures>,
  name: string,
  result: string,
  durationMs: number,
  at: number,
  error: string | null,
): void {
  let own = figures.get(name)
  if (own === undefined) {
    own = { total: 0, successes: 0, failures: 0, durationsMs: [], lastAt: at, lastResult: result, lastError: null }
    figures.set(name, own)
  }
  if (own.durationsMs.length < KEPT_DURATIONS) own.durationsMs.push(durationMs)
  else own.durationsMs[own.total % KEPT_DURATIONS] = durationMs
  own.total++
  own.lastAt = at
  own.lastResult = result
  if (result === 'success') own.successes++
  else {
    own.failures++
    own.lastError = error ?? result
  }
}

/** The value below which a share of the numbers lies; 0 for none. */
export function percentile(numbers: readonly number[], share: number): number {
  if (numbers.length === 0) return 0
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

/** Several observers as one. */
export function observers(...all: Observer[]): Observer {
  const each = <K extends keyof Observer>(name: K) =>
    ((...args: unknown[]) => {
      for (const one of all) (one[name] as ((...args: unknown[]) => void) | undefined)?.(...args)
    }) as NonNullable<Observer[K]>
  return {
    planned: each('planned'),
    stateOperation: each('stateOperation'),
    attempt: each('attempt'),
    outcome: each('outcome'),
    jobs: each('jobs'),
    circuit: each('circuit'),
    differing: each('differing'),
    log: each('log'),
  }
}
