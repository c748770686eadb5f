import { ActeonError } from '../lib/errors.js'
import type { Provider, ProviderTerms } from './provider.js'

/** A provider as it is called: with its own terms of delivery. */
export interface Called {
  provider: Provider
  /** Absent ones are the executor's. */
  terms: ProviderTerms
}

/** The providers of one gateway, found by the name on an action. */
export interface Providers {
  readonly all: ReadonlyMap<string, Provider>
  /**
   * The provider that a name means: the one that has it, else the one that stands for every other name (`"*"`).
   * `undefined`: nobody delivers under that name.
   */
  find(name: string): Called | undefined
  /** Every name that exists, for checks of rules; `undefined` when any name does. */
  readonly known: ReadonlySet<string> | undefined
  close(): Promise<void>
}

/** The name of a provider that stands for every name that has no provider of its own. */
export const CATCH_ALL = '*'

/** @throws ActeonError CONFIG_INVALID when two have the same name */
export function providersOf(entries: Iterable<Called>): Providers {
  const called = new Map<string, Called>()
  for (const entry of entries) {
    const { name } = entry.provider
    if (called.has(name))
      throw new ActeonError(
        'CONFIG_INVALID',
        `Two providers are called "${name}"; a name belongs to one provider. Rename one of them.`,
        { provider: name },
      )
    called.set(name, entry)
  }
  return {
    all: new Map([...called].map(([name, { provider }]) => [name, provider])),
    find: (name) => called.get(name) ?? called.get(CATCH_ALL),
    known: called.has(CATCH_ALL) ? undefined : new Set(called.keys()),
    async close() {
      await Promise.all([...called.values()].map(async ({ provider }) => provider.close?.()))
    },
  }
}

/** Providers that can be exchanged while they are in use. */
export interface ReplaceableProviders extends Providers {
  /** Finds others from now on. @returns those that were found before; whoever called closes them when nothing runs there */
  replace(next: Providers): Providers
}

export function replaceable(first: Providers): ReplaceableProviders {
  let current = first
  return {
    get all() {
      return current.all
    },
    get known() {
      return current.known
    },
    find: (name) => current.find(name),
    close: () => current.close(),
    replace(next) {
      const before = current
      current = next
      return before
    },
  }
}
