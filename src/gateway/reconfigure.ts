import type { BreakerSettings } from '../delivery/circuit-terms.js'
import type { Executor } from '../delivery/executor.js'
import { providersOf, type Providers, type ReplaceableProviders } from '../providers/lookup.js'
import type { Provider } from '../providers/provider.js'
import type { RuleLanguage } from '../rules/compile.js'
import type { MachineTable } from '../state/plan.js'
import { checkBreakers, type RunningBreakers } from './breakers.js'
import type { Observer, Reconfiguration } from './gateway.js'
import { machinesOf } from './machines.js'
import type { RunningRules } from './rules.js'

export const asProviders = (given: Iterable<Provider> | Providers): Providers =>
  'known' in given ? given : providersOf([...given].map((provider) => ({ provider, terms: {} })))

/**
 * Exchanges providers, circuits and state machines of a gateway that runs. All is checked before anything is changed;
 * what is under way at a provider that goes ends there, and then it is closed.
 */
export function createReconfigure(parts: {
  providers: ReplaceableProviders
  rules: Pick<RunningRules, 'prepare'>
  breakers: Pick<RunningBreakers, 'reconfigure'>
  executor: Pick<Executor, 'quiet'>
  languageOf: (known: Providers['known'], machines: ReadonlyMap<string, MachineTable>) => RuleLanguage
  useMachines: (machines: Map<string, MachineTable>) => void
  observer: Observer
}): {
  /** @throws ActeonError CONFIG_INVALID, RULES_INVALID; then nothing was changed */
  reconfigure(next: Reconfiguration): void
  /** Resolves when every provider that was replaced is closed. */
  settled(): Promise<void>
} {
  const { providers, rules, breakers, executor, languageOf, useMachines, observer } = parts
  const closing = new Set<Promise<void>>()

  async function closeWhenQuiet(before: Providers): Promise<void> {
    try {
      await Promise.all([...before.all.values()].map((provider) => executor.quiet(provider)))
      await before.close()
    } catch (error) {
      observer.log?.('warn', 'a provider that was replaced could not be closed', { error: String(error) })
    }
  }

  return {
    reconfigure(next) {
      const others = asProviders(next.providers)
      const machines = machinesOf(next.machines)
      const settings: BreakerSettings = next.circuitBreaker ?? {}
      checkBreakers(settings, others)
      const useRules = rules.prepare(languageOf(others.known, machines))

      useRules()
      useMachines(machines)
      breakers.reconfigure(settings, others)
      const closed = closeWhenQuiet(providers.replace(others)).finally(() => closing.delete(closed))
      closing.add(closed)
    },
    async settled() {
      await Promise.all(closing)
    },
  }
}
