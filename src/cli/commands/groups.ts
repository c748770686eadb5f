import type { Command } from 'commander'
import { apiOf, step, withFilterText, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { jsonText, printable, table, timeText } from '../render/table.js'

interface GroupEntry {
  group_id: string
  group_key: string
  event_count: number
  state: string
  notify_at: string
  created_at: string
  rule?: string
  provider?: string
  labels?: Record<string, unknown>
}

type Options = ServerOptions & ScopeOptions

export function define(command: Command, { io, act }: Cli): void {
  command.description('Groups: actions that are collected and sent as one.')

  withFilterText(withScope(withServer(command.command('list'))))
    .description('Lists open groups.')
    .action(
      act(async ({ json, namespace, tenant, filter: q, ...rest }: Options & { filter?: string }) => {
        const answer = await apiOf(rest, io).call<{ groups: GroupEntry[] }>('GET', '/v1/groups', {
          query: { namespace, tenant, q },
        })
        io.out(json === true ? jsonText(answer) : groupTable(answer.groups, io.width))
      }),
    )

  withScope(withServer(command.command('show <group_key>')))
    .description('Shows one group with its members.')
    .action(
      act(async (key: string, { json, namespace, tenant, ...rest }: Options) => {
        const answer = await apiOf(rest, io).call<{ group: GroupEntry; events: string[]; members?: unknown[] }>(
          'GET',
          `/v1/groups/${step(key)}`,
          { query: { namespace, tenant } },
        )
        if (json === true) return io.out(jsonText(answer))
        const members = (answer.members ?? answer.events).map((member) => `  ${printable(JSON.stringify(member))}\n`)
        io.out(`${groupTable([answer.group], io.width)}\n${members.length} waiting\n${members.join('')}`)
      }),
    )

  withScope(withServer(command.command('flush <group_key>')))
    .description('Sends what a group has collected, now.')
    .addHelpText('after', '\nExample:\n  acteon groups flush 3f9a…')
    .action(
      act(async (key: string, { json, namespace, tenant, ...rest }: Options) => {
        const answer = await apiOf(rest, io).call<{ event_count: number }>('DELETE', `/v1/groups/${step(key)}`, {
          query: { namespace, tenant },
        })
        io.out(json === true ? jsonText(answer) : `Sent as one: ${answer.event_count}\n`)
      }),
    )
}

function groupTable(groups: GroupEntry[], width: number): string {
  if (groups.length === 0) return 'No groups.\n'
  const rows = groups.map((group) => [
    group.state,
    group.event_count,
    timeText(group.notify_at),
    group.rule,
    Object.entries(group.labels ?? {})
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' '),
    group.group_key,
  ])
  return `${table(['STATE', 'COUNT', 'SENT AT', 'RULE', 'LABELS', 'GROUP KEY'], rows, width)}\n`
}
