import { systemClock, systemEntropy, type Clock, type Entropy } from '../lib/clock.js'
import type { Render } from '../messages/render.js'
import type { Providers } from '../providers/lookup.js'
import type { ProviderLog } from '../providers/provider.js'
import { createProviders, type ProviderEntry } from '../providers/registry.js'
import { configError, type Problem } from './problems.js'
import { providerCheck } from './providers.js'

/**
 * Makes providers from what `[[providers]]` tables would say, for programs.
 * @param machine `render`: makes messages, such as `createRenderer(() => templates.current())`; absent: the built-in ones
 * @throws ActeonError CONFIG_INVALID with every fault: which provider, which field, what was found and expected
 *
 * @example
 * const providers = configuredProviders([{ name: 'hook', type: 'webhook', url: 'https://example.com/hook' }])
 */
export function configuredProviders(
  tables: readonly Record<string, unknown>[],
  machine: { clock?: Clock; entropy?: Entropy; log?: ProviderLog; render?: Render } = {},
): Providers {
  const { clock = systemClock, entropy = systemEntropy, log = () => {} } = machine
  const check = providerCheck()
  const problems: Problem[] = []
  const entries: ProviderEntry[] = []
  for (const [i, table] of tables.entries()) {
    const { entry, issues } = check(table)
    for (const { path, message } of issues) problems.push({ kind: 'invalid', path: ['providers', i, ...path], message })
    if (entry !== undefined) entries.push(entry)
  }
  if (problems.length > 0) throw configError(problems)
  return createProviders(entries, { clock, entropy, log, ...(machine.render && { render: machine.render }) })
}
