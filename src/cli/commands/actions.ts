import type { Command } from 'commander'
import type { components } from '../../client/schema.js'
import { apiOf, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { jsonText, printable, table, timeText } from '../render/table.js'

type Row = components['schemas']['ActionRow']

interface Page {
  rows: Row[]
  total?: number | null
  next_cursor?: string | null
}

interface Options extends ServerOptions, ScopeOptions {
  from: string
  to?: string
  limit?: string
  cursor?: string
}

export function define(command: Command, { io, act }: Cli): void {
  withScope(withServer(command))
    .argument('[filter...]', 'as in the filter of the admin UI; all terms must hold')
    .description(
      'Lists actions, newest first, also those that have no outcome yet. The filter is that of the admin UI.',
    )
    .option('--from <time>', 'arrived then or later: RFC 3339, or back from now', '-1h')
    .option('--to <time>', 'arrived before')
    .option('--limit <count>', 'at most this many (default 50, at most 1000)')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .addHelpText(
      'after',
      `
What begins with - must come behind --, as in the second example.

Examples:
  acteon actions rule:page-critical 'took:>2s' --from -6h
  acteon actions --tenant acme -- result:broken,waiting -provider:email
  acteon actions '"card declined"' payload.order:88231 --json`,
    )
    .action(
      act(async (terms: string[], { json, namespace, tenant, from, to, limit, cursor, ...rest }: Options) => {
        const query = { namespace, tenant, q: terms.join(' '), from, to, limit, cursor }
        const page = await apiOf(rest, io).call<Page>('GET', '/v1/actions', { query })
        io.out(json === true ? jsonText(page) : pageText(page, from, io.width))
      }),
    )
}

function pageText({ rows, total, next_cursor }: Page, from: string, width: number): string {
  if (rows.length === 0)
    return printable(`No action since ${from} passes the filter; --from looks further back.`) + '\n'
  const lines = rows.map((row) => [
    timeText(row.at),
    row.id,
    row.type,
    row.tenant,
    row.rule,
    row.provider,
    [row.outcome, row.reason ?? row.subject].filter((part) => part !== undefined).join(', '),
  ])
  const count = total === undefined ? '' : `${rows.length} of ${total ?? 'more than 10000'}\n`
  const more = next_cursor == null ? '' : `More: --cursor ${next_cursor}\n`
  return `${table(['AT', 'ACTION', 'TYPE', 'TENANT', 'RULE', 'PROVIDER', 'OUTCOME'], lines, width)}\n${count}${more}`
}
