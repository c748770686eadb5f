import type { Command } from 'commander'
import type { AuditRecord } from '../../audit/record.js'
import { apiOf, step, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import type { ExitName } from '../exit.js'
import type { Cli } from '../main.js'
import { recordedOutcomeText } from '../render/outcome.js'
import { jsonText, table, timeText } from '../render/table.js'
import { storyText } from '../render/story.js'

type Options = ServerOptions & ScopeOptions

interface ListOptions extends Options {
  provider?: string
  type?: string
  outcome?: string
  verdict?: string
  rule?: string
  from?: string
  to?: string
  text?: string
  limit?: string
  cursor?: string
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('Records: one for each decision.')

  withScope(withServer(command.command('list')))
    .description('Lists records, newest first.')
    .option('--provider <name>', 'only of this provider')
    .option('--type <action_type>', 'only of this kind of action')
    .option('--outcome <word>', 'only with this outcome: executed, suppressed, failed, …')
    .option('--verdict <word>', 'only with this verdict: allow, reroute, throttle, …')
    .option('--rule <name>', 'only decided by this rule')
    .option('--from <time>', 'from this instant on (RFC 3339)')
    .option('--to <time>', 'before this instant')
    .option('--text <words>', 'only with this text in them')
    .option('--limit <count>', 'at most this many (default 50, at most 1000)')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon audit list --outcome failed --from 2026-01-31T00:00:00Z\n  acteon audit list --rule throttle-notifications --json',
    )
    .action(
      act(async ({ json, namespace, tenant, endpoint, apiKey, type, rule, ...filter }: ListOptions) => {
        const query = { namespace, tenant, action_type: type, matched_rule: rule, ...filter }
        const server = { ...(endpoint !== undefined && { endpoint }), ...(apiKey !== undefined && { apiKey }) }
        const answer = await apiOf(server, io).call<Page>('GET', '/v1/audit', { query })
        io.out(json === true ? jsonText(answer) : pageText(answer, io.width))
      }),
    )

  withScope(withServer(command.command('show <action_id>')))
    .description('Shows the newest record of an action.')
    .action(
      act(async (id: string, { json, namespace, tenant, ...rest }: Options) => {
        const record = await apiOf(rest, io).call<AuditRecord>('GET', `/v1/audit/${step(id)}`, {
          query: { namespace, tenant },
        })
        io.out(
          json === true
            ? jsonText(record)
            : storyText({ action_id: record.action_id, status: 'settled', records: [{ ...record, kind: 'dispatch' }] }),
        )
      }),
    )

  withScope(withServer(command.command('replay <action_id>')))
    .description('Hands a recorded action in again, under a new id.')
    .action(
      act(async (id: string, { json, namespace, tenant, ...rest }: Options): Promise<ExitName> => {
        const answer = await apiOf(rest, io).call<{ new_action_id: string; success: boolean; error?: string | null }>(
          'POST',
          `/v1/audit/${step(id)}/replay`,
          { query: { namespace, tenant } },
        )
        const text = answer.success
          ? `Replayed as ${answer.new_action_id}`
          : `Not replayed: ${answer.error ?? 'no reason was given'}`
        io.out(json === true ? jsonText(answer) : `${text}\n`)
        return answer.success ? 'ok' : 'failed'
      }),
    )
}

interface Page {
  records: AuditRecord[]
  total?: number | null
  next_cursor?: string | null
}

function pageText({ records, total, next_cursor }: Page, width: number): string {
  if (records.length === 0) return 'No records.\n'
  const rows = records.map((record) => [
    timeText(record.dispatched_at),
    record.action_id,
    record.action_type,
    record.tenant,
    record.matched_rule,
    recordedOutcomeText(record.outcome, record.outcome_details),
  ])
  const count = total === undefined ? '' : `${records.length} of ${total ?? 'more than 10000'}\n`
  const more = next_cursor == null ? '' : `More: --cursor ${next_cursor}\n`
  return `${table(['AT', 'ACTION', 'TYPE', 'TENANT', 'RULE', 'OUTCOME'], rows, width)}\n${count}${more}`
}
