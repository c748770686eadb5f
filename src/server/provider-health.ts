import type { Static } from 'typebox'
import type { Gateway } from '../gateway/gateway.js'
import type { Clock } from '../lib/clock.js'
import { DeliveryError, type Provider } from '../providers/provider.js'
import { deadlineSignal } from './deadline.js'
import { inParallel } from './lists.js'
import { percentile, type Metrics, type ProviderFigures } from './metrics.js'
import type { ProviderCheck, ProviderHealth } from './shapes.js'

export type Health = Static<typeof ProviderHealth>

const CHECK_MS = 5_000
/** How long the answer of a check is good, so that pages that ask often do not call providers often. */
const CHECK_KEPT_MS = 10_000
const CHECKS_AT_ONCE = 8

const NOT_CALLED: ProviderFigures = {
  total: 0,
  successes: 0,
  failures: 0,
  durationsMs: [],
  lastAt: 0,
  lastResult: 'success',
  lastError: null,
}

/** How providers do, as this node sees it: what its calls gave, and a check where the provider has one. */
export function createProviderHealth({
  gateway,
  metrics,
  clock,
}: {
  gateway: Gateway
  metrics: Metrics
  clock: Clock
}) {
  const checks = new Map<string, { at: number; result: Promise<Static<typeof ProviderCheck>> }>()

  async function healthOf(provider: Provider): Promise<Health> {
    const checked = provider.check === undefined ? undefined : await recentCheck(provider)
    const figures = metrics.provider(provider.name) ?? NOT_CALLED
    const { total, successes, failures, durationsMs } = figures
    const circuit = gateway.breakers.list().find((view) => view.provider === provider.name)
    const sum = durationsMs.reduce((all, one) => all + one, 0)
    return {
      provider: provider.name,
      healthy: checked?.healthy ?? figures.lastResult !== 'retryable',
      ...(checked?.error !== undefined && { health_check_error: checked.error }),
      ...(circuit !== undefined && { circuit_breaker_state: circuit.state }),
      total_requests: total,
      successes,
      failures,
      success_rate: total === 0 ? 100 : (successes / total) * 100,
      avg_latency_ms: durationsMs.length === 0 ? 0 : sum / durationsMs.length,
      p50_latency_ms: percentile(durationsMs, 0.5),
      p95_latency_ms: percentile(durationsMs, 0.95),
      p99_latency_ms: percentile(durationsMs, 0.99),
      ...(total > 0 && { last_request_at: Math.round(figures.lastAt) }),
      calls_kept: durationsMs.length,
      ...gateway.load(provider.name),
      ...(figures.lastError !== null && { last_error: String(gateway.shown.value(figures.lastError)) }),
    }
  }

  function recentCheck(provider: Provider): Promise<Static<typeof ProviderCheck>> {
    const known = checks.get(provider.name)
    if (known !== undefined && clock.monotonic() - known.at < CHECK_KEPT_MS) return known.result
    const result = check(provider)
    checks.set(provider.name, { at: clock.monotonic(), result })
    return result
  }

  async function check(provider: Provider): Promise<Static<typeof ProviderCheck>> {
    const began = clock.monotonic()
    const took = () => ({ provider: provider.name, duration_ms: Math.round(clock.monotonic() - began) })
    const { signal, cancel } = deadlineSignal(clock, CHECK_MS)
    try {
      await provider.check!({ signal })
      return { ...took(), healthy: true }
    } catch (error) {
      return { ...took(), healthy: false, ...failureOf(error) }
    } finally {
      cancel()
    }
  }

  function failureOf(error: unknown): { code?: string; error: string; status?: number; excerpt?: string } {
    const text = (value: string): string => String(gateway.shown.value(value))
    if (!(error instanceof DeliveryError))
      return { error: text(error instanceof Error ? error.message : String(error)) }
    return {
      code: error.code,
      error: text(error.message),
      ...(error.status !== undefined && { status: error.status }),
      ...(error.excerpt !== undefined && { excerpt: text(error.excerpt) }),
    }
  }

  return {
    all: (): Promise<Health[]> => inParallel([...gateway.providers.values()], CHECKS_AT_ONCE, healthOf),
    check,
    failureOf,
  }
}

/** Whether it takes deliveries as it should: its circuit is closed, and its last call or check went well. */
export const isUp = ({ healthy, circuit_breaker_state }: Health): boolean =>
  healthy && (circuit_breaker_state === undefined || circuit_breaker_state === 'closed')
