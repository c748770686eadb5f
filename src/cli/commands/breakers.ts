import type { Command } from 'commander'
import type { components } from '../../client/schema.js'
import { apiOf, step, withServer, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { jsonText, table, timeText } from '../render/table.js'

type Shape = components['schemas']
type Breaker = Shape['CircuitBreaker']

export function define(command: Command, { io, act }: Cli): void {
  command.description('Circuit breakers: which providers are not called for now, and opening and closing by hand.')

  withServer(command.command('list'))
    .description('Lists the circuits of all providers.')
    .action(
      act(async (options: ServerOptions) => {
        const answer = await apiOf(options, io).call<{ circuit_breakers: Breaker[] }>('GET', '/admin/circuit-breakers')
        io.out(options.json === true ? jsonText(answer) : breakerTable(answer.circuit_breakers, io.width))
      }),
    )

  const change = (to: 'trip' | 'reset') =>
    act(async (provider: string, options: ServerOptions) => {
      const changed = await apiOf(options, io).call<Shape['CircuitBreakerChange']>(
        'POST',
        `/admin/circuit-breakers/${step(provider)}/${to}`,
      )
      io.out(options.json === true ? jsonText(changed) : `${changed.message}\n`)
    })
  withServer(command.command('trip <provider>'))
    .description('Opens a circuit on all nodes: the provider is not called until it is reset.')
    .action(change('trip'))
  withServer(command.command('reset <provider>')).description('Closes a circuit on all nodes.').action(change('reset'))
}

function breakerTable(breakers: Breaker[], width: number): string {
  const rows = breakers.map(({ provider, state, since, until, changed_by, calls, failures, fallback_chain }) => [
    provider,
    state.replace('_', ' '),
    timeText(since),
    timeText(until),
    `${failures} of ${calls}`,
    changed_by,
    fallback_chain.join(' → ') || '-',
  ])
  return `${table(['PROVIDER', 'CIRCUIT', 'SINCE', 'UNTIL', 'FAILED', 'CHANGED BY', 'FALLBACKS'], rows, width)}\n`
}
