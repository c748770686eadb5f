import type { Command } from 'commander'
import { apiOf, step, withFilterText, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { jsonText, printable, table, timeText } from '../render/table.js'

interface HistoryLine {
  version: number
  occurrence: number
  from: string | null
  to: string
  at: string
  by: { action?: string; caller?: string; comment?: string; timeout?: string }
}

/** An event as the API shows it; only what is printed. */
interface EventEntry {
  fingerprint: string
  state: string
  action_type: string | null
  updated_at: string | null
  namespace?: string
  tenant?: string
  state_machine?: string
  occurrence?: number
  count?: number
  active?: boolean
  labels?: Record<string, string>
  next_timeout?: { at: string; to: string } | null
  history?: HistoryLine[]
}

type Options = ServerOptions & ScopeOptions
type ListOptions = Options & { status?: string; limit?: string; filter?: string }

export function define(command: Command, { io, act }: Cli): void {
  command.description('Events: tracked things with a fingerprint and a state.')

  withFilterText(withScope(withServer(command.command('list'))))
    .description('Lists events, the newest change first.')
    .option('--status <state>', 'only those in this state')
    .option('--limit <count>', 'at most this many')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon events list --status firing\n  acteon events list --filter "severity:critical,high labels.host:db-*"',
    )
    .action(
      act(async ({ json, namespace, tenant, status, limit, filter: q, ...rest }: ListOptions) => {
        const query = { namespace, tenant, status, limit, q }
        const answer = await apiOf(rest, io).call<{ events: EventEntry[] }>('GET', '/v1/events', { query })
        io.out(json === true ? jsonText(answer) : eventTable(answer.events, io.width))
      }),
    )

  withScope(withServer(command.command('show <fingerprint>')))
    .description('Shows one event with its history.')
    .action(
      act(async (fingerprint: string, { json, namespace, tenant, ...rest }: Options) => {
        const query = { namespace, tenant }
        const event = await apiOf(rest, io).call<EventEntry>('GET', `/v1/events/${step(fingerprint)}`, { query })
        io.out(json === true ? jsonText(event) : eventText(event, io.width))
      }),
    )

  withScope(withServer(command.command('transition <fingerprint> <state>')))
    .description('Moves an event by hand.')
    .option('--comment <text>', 'why; it stays in the history')
    .addHelpText('after', '\nExample:\n  acteon events transition 9f2c… acknowledged --comment "looking into it"')
    .action(
      act(async (fingerprint: string, to_state: string, options: Options & { comment?: string }) => {
        const { json, namespace, tenant, comment, ...rest } = options
        const moved = await apiOf(rest, io).call<{ previous_state: string; new_state: string; notify: boolean }>(
          'PUT',
          `/v1/events/${step(fingerprint)}/transition`,
          { body: { to_state, namespace, tenant, comment } },
        )
        const told = moved.notify ? '; its receivers are told' : ''
        io.out(
          json === true ? jsonText(moved) : `${printable(`${moved.previous_state} → ${moved.new_state}`)}${told}\n`,
        )
      }),
    )
}

function eventTable(events: EventEntry[], width: number): string {
  if (events.length === 0) return 'No events.\n'
  const head = ['STATE', 'ACTION TYPE', 'TENANT', 'CHANGED', 'COUNT', 'FINGERPRINT']
  const rows = events.map((event) => [
    event.state,
    event.action_type,
    event.tenant,
    timeText(event.updated_at),
    event.count,
    event.fingerprint,
  ])
  return `${table(head, rows, width)}\n`
}

function eventText(event: EventEntry, width: number): string {
  const labels = Object.entries(event.labels ?? {}).map(([name, value]) => `${name}=${value}`)
  const lines = [
    `${event.state}${event.active === false ? ' (closed)' : ''}, ${event.state_machine ?? 'event'} ${event.fingerprint}`,
    `${event.action_type ?? '-'}, ${event.namespace ?? '-'} / ${event.tenant ?? '-'}, occurrence ${event.occurrence ?? 1}, seen ${event.count ?? 1} times`,
    ...(labels.length === 0 ? [] : [`labels ${labels.join(' ')}`]),
    ...(event.next_timeout == null ? [] : [`goes to ${event.next_timeout.to} at ${timeText(event.next_timeout.at)}`]),
  ].map(printable)
  const rows = (event.history ?? []).map(({ version, from, to, at, by }) => [
    version,
    timeText(at),
    from,
    to,
    by.action ?? by.caller ?? (by.timeout === undefined ? undefined : 'timeout'),
    by.comment ?? '',
  ])
  const history = rows.length === 0 ? '' : `\n${table(['VERSION', 'AT', 'FROM', 'TO', 'BY', 'COMMENT'], rows, width)}\n`
  return `${lines.join('\n')}\n${history}`
}
