import { isDeepStrictEqual } from 'node:util'
import { Type, type Static } from 'typebox'
import type { Config } from '../config/check.js'
import type { LoadedConfig } from '../config/load.js'
import { rereadOrigins, type Origins } from '../config/origins.js'
import type { Gateway } from '../gateway/gateway.js'
import { ActeonError } from '../lib/errors.js'
import { sha256 } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { remembering } from '../lib/remembering.js'
import { openTemplates, type Templates } from '../messages/templates.js'
import type { Providers } from '../providers/lookup.js'
import type { Logger } from './log.js'

const Names = Type.Array(Type.String())

/** What a reload changed. */
export const ReloadResult = Type.Object(
  {
    reloaded: Type.Literal(true),
    providers: Type.Object({ total: Type.Integer(), added: Names, changed: Names, removed: Names }),
    state_machines: Type.Object({ total: Type.Integer(), added: Names, changed: Names, removed: Names }),
    templates: Type.Integer({ description: 'How many template files there are.' }),
    needs_restart: Type.Array(Type.String(), {
      description: 'Keys that were changed and hold only after a restart, such as `server.port`.',
    }),
  },
  { title: 'ReloadResult' },
)
export type ReloadResult = Static<typeof ReloadResult>

/** Rereads the configuration of a server that runs. */
export interface Reload {
  /** All or nothing. @throws ActeonError CONFIG_INVALID, RULES_INVALID, TEMPLATE_INVALID; what runs goes on then */
  now(): Promise<ReloadResult>
  /** The configuration that runs. */
  config(): Config
  /** Where its values came from. */
  origins(): Origins
  /** Why the last reload was refused; null: it was not, or there was none. */
  problem(): string | null
}

/** Sections of which nothing, or not all, needs a restart. */
const RELOADED = new Set<keyof Config>(['providers', 'machines', 'state_machines', 'circuit_breaker'])

/**
 * @param parts.read reads the configuration from where the server got it; null: it was started by a program
 * @param parts.makeProviders makes what the entries describe, without calling anybody
 */
export function createReload(parts: {
  first: LoadedConfig
  read: (() => Promise<LoadedConfig>) | null
  gateway: Pick<Gateway, 'reconfigure'>
  makeProviders: (entries: Config['providers']) => Providers
  templates: Templates | null
  log: Logger
}): Reload {
  const { read, gateway, makeProviders, templates, log } = parts
  let { config: running, origins } = parts.first
  let problem: string | null = null
  let last: Promise<unknown> = Promise.resolve()

  async function reload(): Promise<ReloadResult> {
    if (read === null)
      throw new ActeonError(
        'CONFLICT',
        'This server was started by a program, with a configuration of its own; there is no file to reread.',
      )
    const { config: next, origins: nextOrigins } = await read()
    const { directory } = running.templates
    // Read once to see whether they are right; the running set is exchanged last, when nothing can fail any more.
    if (directory !== undefined) await openTemplates(directory)
    const providers = makeProviders(next.providers)
    try {
      gateway.reconfigure({ providers, machines: next.machines, circuitBreaker: next.circuit_breaker })
    } catch (error) {
      await providers.close()
      throw error
    }
    const result: ReloadResult = {
      reloaded: true,
      providers: difference(running.providers, next.providers),
      state_machines: difference(running.machines, next.machines),
      templates: (await templates?.reload())?.files.length ?? 0,
      needs_restart: needsRestart(running, next),
    }
    // What needs a restart is still what runs.
    running = { ...running, ...reloadedOf(next) }
    origins = rereadOrigins(origins, nextOrigins, result.needs_restart)
    return result
  }

  return {
    config: () => running,
    origins: () => origins,
    problem: () => problem,
    now() {
      const mine = last.then(async () => {
        try {
          const result = await reload()
          problem = null
          log.info({ ...result }, told(result))
          return result
        } catch (error) {
          problem = `the configuration was refused when it was reread: ${(error as Error).message}`
          log.error({ err: error }, 'the configuration was refused, the one that ran goes on running')
          throw error
        }
      })
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/** Names what a reload exchanges; secrets are masked before, so nothing of them is in it. */
export const configurationDigest = remembering(({ providers, machines, circuit_breaker }: Config) =>
  sha256(canonical(JSON.parse(JSON.stringify({ providers, machines, circuit_breaker })))).slice(0, 16),
)

const reloadedOf = (config: Config): Partial<Config> =>
  Object.fromEntries([...RELOADED].map((name) => [name, config[name]])) as Partial<Config>

function difference<T extends { name: string }>(before: readonly T[], after: readonly T[]) {
  const known = new Map(before.map((one) => [one.name, one]))
  const names = new Set(after.map(({ name }) => name))
  return {
    total: after.length,
    added: after.filter(({ name }) => !known.has(name)).map(({ name }) => name),
    changed: after
      .filter((one) => known.has(one.name) && !isDeepStrictEqual(one, known.get(one.name)))
      .map(({ name }) => name),
    removed: before.filter(({ name }) => !names.has(name)).map(({ name }) => name),
  }
}

/** Keys outside of what is reloaded whose values differ, without the values. */
function needsRestart(before: Config, after: Config): string[] {
  const sections = (Object.keys(after) as (keyof Config)[]).filter((name) => !RELOADED.has(name))
  return sections.flatMap((name) => {
    const [old, now] = [before[name], after[name]] as unknown as Record<string, unknown>[]
    const keys = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])
    return [...keys].filter((key) => !isDeepStrictEqual(old?.[key], now?.[key])).map((key) => `${name}.${key}`)
  })
}

function told({ providers, state_machines, needs_restart }: ReloadResult): string {
  const changes = Object.entries({ added: 'added', changed: 'changed', removed: 'removed' } as const).flatMap(
    ([key, word]) => {
      const names = [...providers[key as 'added'], ...state_machines[key as 'added']]
      return names.length === 0 ? [] : [`${word} ${names.join(', ')}`]
    },
  )
  const rest = needs_restart.length === 0 ? '' : `; a restart is needed for ${needs_restart.join(', ')}`
  return `configuration reread: ${changes.join('; ') || 'nothing to exchange'}${rest}`
}
