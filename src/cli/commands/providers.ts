import type { Command } from 'commander'
import type { components } from '../../client/schema.js'
import { apiOf, step, withServer, type ServerOptions } from '../api.js'
import type { ExitName } from '../exit.js'
import type { Cli } from '../main.js'
import { jsonText, printable, table } from '../render/table.js'
import { parseJson } from './dispatch.js'

type Shape = components['schemas']
type Health = Shape['ProviderHealth']
type Sent = Shape['ProviderTest']

interface SendOptions extends ServerOptions {
  payload?: string
  type?: string
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('Providers: who carries actions out, and how that goes.')

  withServer(command.command('list'))
    .description('Lists providers with what this node knows of their health.')
    .action(
      act(async (options: ServerOptions) => {
        const api = apiOf(options, io)
        const [{ providers }, { providers: health }] = await Promise.all([
          api.call<{ providers: Shape['Provider'][] }>('GET', '/v1/providers'),
          api.call<{ providers: Health[] }>('GET', '/v1/providers/health'),
        ])
        const all = providers.map((one) => ({ ...one, ...health.find(({ provider }) => provider === one.name) }))
        io.out(options.json === true ? jsonText({ providers: all }) : providerTable(all, io.width))
      }),
    )

  withServer(command.command('check <name>'))
    .description('Asks whether a provider answers and its credential is good, without sending anything.')
    .action(
      act(async (name: string, options: ServerOptions): Promise<ExitName> => {
        const check = await apiOf(options, io).call<Shape['ProviderCheck']>('POST', `/v1/providers/${step(name)}/check`)
        const said = check.error === undefined ? '' : `: ${check.error}`
        const line = `${check.healthy ? 'Well' : 'Not well'} after ${check.duration_ms} ms${said}`
        io.out(options.json === true ? jsonText(check) : `${printable(line)}\n`)
        return check.healthy ? 'ok' : 'failed'
      }),
    )

  withServer(command.command('send <name>'))
    .description('Sends one test straight to a provider: one attempt, past the rules and without a record.')
    .option('--payload <json>', 'what it carries, instead of a sentence that says that it is a test')
    .option('--type <action_type>', 'what kind of action it is; "test" when absent')
    .addHelpText('after', `\nExample:\n  acteon providers send slack --payload '{"channel": "#test", "text": "Hello"}'`)
    .action(
      act(async (name: string, options: SendOptions): Promise<ExitName> => {
        const body = {
          ...(options.payload !== undefined && { payload: parseJson(options.payload, '--payload') }),
          ...(options.type !== undefined && { action_type: options.type }),
        }
        const sent = await apiOf(options, io).call<Sent>('POST', `/v1/providers/${step(name)}/test`, { body })
        io.out(options.json === true ? jsonText(sent) : `${printable(sentText(sent))}\n`)
        return sent.success ? 'ok' : 'failed'
      }),
    )
}

function sentText({ success, duration_ms, action_id, code, error, status }: Sent): string {
  if (success) return `Sent in ${duration_ms} ms (action ${action_id})`
  const what = [code, status === undefined ? undefined : `status ${status}`].filter(Boolean).join(', ')
  return `Failed after ${duration_ms} ms${what === '' ? '' : ` (${what})`}: ${error ?? 'no reason is known'}`
}

function providerTable(all: ({ name: string; type: string } & Partial<Health>)[], width: number): string {
  if (all.length === 0) return 'No providers.\n'
  const rows = all.map((one) => [
    one.name,
    one.type,
    one.healthy === false ? 'not well' : 'well',
    one.circuit_breaker_state?.replace('_', ' '),
    one.total_requests,
    one.failures,
    one.p95_latency_ms === undefined ? undefined : `${Math.round(one.p95_latency_ms)} ms`,
    one.health_check_error ?? one.last_error,
  ])
  return `${table(['NAME', 'TYPE', 'HEALTH', 'CIRCUIT', 'CALLS', 'FAILED', 'P95', 'LAST ERROR'], rows, width)}\n`
}
