import { ActeonError } from '../lib/errors.js'
import { nearest } from '../lib/suggest.js'
import { discord } from './discord.js'
import { email } from './email.js'
import { log } from './log.js'
import { CATCH_ALL, providersOf, type Providers } from './lookup.js'
import { pagerduty } from './pagerduty.js'
import type { ProviderMachine, ProviderTerms, ProviderType } from './provider.js'
import { slack } from './slack.js'
import { teams } from './teams.js'
import { twilio } from './twilio.js'
import { webhook } from './webhook.js'

/** Every type of provider, by the word in `type`. A new one is a file here and its line in this list. */
export const PROVIDER_TYPES: ReadonlyMap<string, ProviderType> = new Map(
  // What `create` is given was checked against that type's own schema.
  ([webhook, email, slack, discord, teams, pagerduty, twilio, log] as ProviderType<never>[]).map((type) => [
    type.type,
    type as ProviderType,
  ]),
)

/** What is wrong with a `type`, and what to do, as the end of a sentence; null when it exists. */
export function typeProblem(type: string): string | null {
  if (PROVIDER_TYPES.has(type)) return null
  const list = [...PROVIDER_TYPES.keys()].join(', ')
  const near = nearest(type, PROVIDER_TYPES.keys())
  return `expected one of ${list}, found "${type}"${near === undefined ? '' : `; did you mean "${near}"?`}`
}

/** A `[[providers]]` entry whose fields were checked against its type's schema. */
export interface ProviderEntry {
  name: string
  type: string
  settings: Record<string, unknown>
  terms: ProviderTerms
}

/**
 * Makes the providers of a configuration.
 * @throws ActeonError CONFIG_INVALID for an unknown type, a name twice, or settings that contradict each other
 */
export function createProviders(entries: readonly ProviderEntry[], machine: ProviderMachine): Providers {
  return providersOf(
    entries.map(({ name, type, settings, terms }) => {
      const problem = typeProblem(type)
      if (problem !== null)
        throw new ActeonError('CONFIG_INVALID', `Provider "${name}": type: ${problem}.`, { provider: name })
      if (name === CATCH_ALL && type !== log.type)
        throw new ActeonError(
          'CONFIG_INVALID',
          `Provider "*" stands for every name that has no provider of its own, which only type "log" may do; found type "${type}". Give it a name.`,
          { provider: name },
        )
      return { provider: PROVIDER_TYPES.get(type)!.create(name, settings, machine), terms }
    }),
  )
}
