import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { listenProblem } from '../../config/listen.js'
import { VERSION } from '../../lib/version.js'
import { Stop } from '../exit.js'
import type { RunningServer } from '../../server/index.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { readConfig } from '../read-config.js'

interface ServeOptions {
  config?: string
  host?: string
  port?: string
}

export function define(command: Command, { io, act }: Cli): void {
  command
    .description('Runs the gateway until Ctrl-C or SIGTERM, then ends in peace: work in flight is finished first.')
    .option('-c, --config <file>', 'acteon.toml; the one here when absent, or all defaults when there is none')
    .option('--host <address>', 'listen there instead of where the configuration says')
    .option('--port <number>', 'listen on this port; 0 takes any free one')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon serve -c acteon.toml\n  acteon -c acteon.toml --port 9000\n  ACTEON_SERVER__PORT=9000 acteon',
    )
    .action(act((options: ServeOptions) => serve(options, io)))
}

async function serve(options: ServeOptions, io: Io): Promise<void> {
  const asked = portOf(options.port)
  const { config, origins, file } = await readConfig(options.config, io)
  if (file === undefined && !existsSync(config.rules.directory))
    throw new Stop(
      'configuration',
      'There is neither acteon.toml nor rules/ here. `acteon init` writes both; or name a configuration with -c.',
    )
  const host = options.host ?? config.server.host
  const port = asked ?? config.server.port
  const problem = listenProblem(host, config)
  if (problem !== null) throw (await import('../../config/problems.js')).configError([problem])

  const { startServer } = await import('../../server/index.js')
  const server = await startServer(config, {
    host,
    port,
    origins,
    ...(file !== undefined && { reread: () => readConfig(file, io) }),
  }).catch((error: unknown) => {
    throw listenError(error, host, port) ?? error
  })
  io.out(bannerText(server, file, io))
  process.on('SIGHUP', () => void server.reload())
  const fault = uncaught(server.tellFault)
  const lost = await Promise.race([aborted(io.stop), server.failed, fault])
  io.err(`Stopping: work in flight has ${config.server.shutdown_timeout_seconds} s.\n`)
  await server.stop()
  if (lost !== undefined && 'fault' in lost)
    throw new Stop('internal', `Stopped, because of a fault of Acteon itself: ${String(lost.fault)}`)
  if (lost !== undefined)
    throw new Stop('failed', `Stopped, because the data directory cannot be trusted: ${lost.message}`)
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Stop('usage', `--port "${text}" is no port; expected a number from 0 to 65535.`)
  return Number(text)
}

function listenError(error: unknown, host: string, port: number): Stop | null {
  const { code } = error as NodeJS.ErrnoException
  const where = `${host}:${port}`
  if (code === 'EADDRINUSE')
    return new Stop(
      'failed',
      `${where} is in use, perhaps by another Acteon; choose another with --port, or end that one.`,
    )
  if (code === 'EACCES') return new Stop('failed', `This user may not listen on ${where}; choose a port from 1024 on.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Stop('failed', `This machine has no address ${host}; name one of its own with --host.`)
  return null
}

/** What runs, for whoever started it, and what `try.txt` beside the configuration says to try. */
function bannerText({ url, summary }: RunningServer, file: string | undefined, io: Io): string {
  const { state, durability, rules, providers, machines } = summary
  const here = (path: string): string => relative(io.cwd, path) || '.'
  const named = providers.map(({ name, type }) => `${name} (${type})`).join(', ')
  const lines = [
    `Acteon ${VERSION} is ready at ${url}`,
    `  configuration  ${file ?? 'all defaults; `acteon init` writes a file'}`,
    `  data           ${state === 'memory' ? state : here(state)}: ${durability}`,
    `  rules          ${rules.loaded} from ${here(rules.directory)}`,
    `  providers      ${named === '' ? 'none, so nothing can be delivered yet' : named}`,
    ...(machines.length === 0 ? [] : [`  machines       ${machines.join(', ')}`]),
    `  page           ${url}/`,
    ...rules.warnings.map((warning) => `  warning        ${warning}`),
  ]
  const tries = file === undefined ? undefined : join(dirname(resolve(io.cwd, file)), 'try.txt')
  if (tries !== undefined && existsSync(tries))
    lines.push('', readFileSync(tries, 'utf8').replaceAll('{url}', url).trimEnd())
  return `${lines.join('\n')}\n\n`
}

/**
 * The first fault that nothing caught, a rejected promise included. What the process holds may be half done after it, so
 * nothing new is begun: what is in hand ends, and whoever supervises the process starts it anew.
 */
const uncaught = (tell: (error: unknown) => void): Promise<{ fault: unknown }> =>
  new Promise((resolve) => {
    process.on('uncaughtException', (fault: unknown) => {
      tell(fault)
      resolve({ fault })
    })
  })

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
