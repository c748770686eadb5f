import type { Executor } from '../delivery/executor.js'
import { DEFAULT_MAX_QUEUE, type ExecutorTerms } from '../delivery/terms.js'
import type { Providers } from '../providers/lookup.js'

/** How loaded a provider is on this node, and how far it may be. */
export interface ProviderLoad {
  /** Calls under way. */
  running: number
  /** For a place, or for the time of the next attempt. */
  waiting: number
  max_concurrent: number
  max_queue: number
  /** Calls per second over all nodes; null: any number. */
  rate_limit: number | null
}

/** The load of providers by their names. */
export const createLoad =
  ({ providers, executor, terms }: { providers: Providers; executor: Executor; terms: ExecutorTerms }) =>
  (name: string): ProviderLoad => {
    const own = providers.find(name)?.terms
    const load = executor.load().find(({ provider }) => provider === name)
    return {
      running: load?.running ?? 0,
      waiting: load?.waiting ?? 0,
      max_concurrent: own?.max_concurrent ?? terms.max_concurrent,
      max_queue: own?.max_queue ?? DEFAULT_MAX_QUEUE,
      rate_limit: own?.rate_limit ?? null,
    }
  }
