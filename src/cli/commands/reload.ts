import type { Command } from 'commander'
import type { components } from '../../client/schema.js'
import { apiOf, withServer, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { jsonText } from '../render/table.js'

type ReloadResult = components['schemas']['ReloadResult']

export function define(command: Command, { io, act }: Cli): void {
  withServer(command)
    .description('Has a server reread providers, circuits, templates, secrets and state machines, all or nothing.')
    .addHelpText('after', '\nIt says what was exchanged, and what needs a restart. SIGHUP does the same.')
    .action(
      act(async (options: ServerOptions) => {
        const result = await apiOf(options, io).call<ReloadResult>('POST', '/admin/config/reload')
        io.out(options.json === true ? jsonText(result) : resultText(result))
      }),
    )
}

function resultText({ providers, state_machines, templates, needs_restart }: ReloadResult): string {
  const line = (what: string, { total, added, changed, removed }: ReloadResult['providers']): string => {
    const changes = Object.entries({ added, changed, removed }).flatMap(([word, names]) =>
      names.length === 0 ? [] : [`${word} ${names.join(', ')}`],
    )
    return `${what}: ${total}${changes.length === 0 ? '' : ` (${changes.join('; ')})`}\n`
  }
  const restart = needs_restart.length === 0 ? '' : `A restart is needed for ${needs_restart.join(', ')}.\n`
  return `${line('Providers', providers)}${line('State machines', state_machines)}Templates: ${templates}\n${restart}`
}
