import type { Command } from 'commander'
import { outcomeFromWire, type WireOutcome } from '../../action/outcome.js'
import type { TraceAttempt } from '../../audit/trace.js'
import { apiOf, step, withFilterText, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import { Stop, type ExitName } from '../exit.js'
import type { Cli } from '../main.js'
import { exitOfOutcome, outcomeText } from '../render/outcome.js'
import { traceLines } from '../render/story.js'
import { jsonText, printable, table, timeText } from '../render/table.js'
import { parseJson } from './dispatch.js'

interface DeadLetterEntry {
  id: string
  action_id: string
  namespace: string
  tenant: string
  provider: string
  action_type: string
  code: string
  error: string
  attempts: number
  created_at: string
  attempt_list?: TraceAttempt[]
  duplicates?: { count: number; last: string[] }
  past_use_since?: string | null
  delivered_since?: { action_id: string; provider: string; at: string } | null
}

interface FilterOptions extends ServerOptions, ScopeOptions {
  filter?: string
  provider?: string
  type?: string
  code?: string
  from?: string
  to?: string
  limit?: string
}

const withFilter = (command: Command): Command =>
  withFilterText(withScope(withServer(command)))
    .option('--provider <name>', 'only for this provider')
    .option('--type <action_type>', 'only of this kind of action')
    .option('--code <code>', 'only with this error code')
    .option('--from <time>', 'failed then or later (RFC 3339)')
    .option('--to <time>', 'failed before (RFC 3339)')
    .option('--limit <n>', 'at most so many')

const filterOf = ({ namespace, tenant, provider, type, code, from, to, limit, filter }: FilterOptions) => ({
  q: filter,
  namespace,
  tenant,
  provider,
  action_type: type,
  code,
  from,
  to,
  ...(limit !== undefined && { limit: countOf(limit) }),
})

function countOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1_000) return Number(text)
  throw new Stop('usage', `--limit "${text}" is no count; expected a number from 1 to 1000.`)
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('Dead letters: actions that failed for good, kept until somebody sees to them.')

  withFilter(command.command('list'))
    .description('Lists dead letters, newest first.')
    .action(
      act(async (options: FilterOptions) => {
        const answer = await apiOf(options, io).call<{ dead_letters: DeadLetterEntry[] }>('GET', '/v1/dead-letters', {
          query: filterOf(options),
        })
        io.out(options.json === true ? jsonText(answer) : letterTable(answer.dead_letters, io.width))
      }),
    )

  withServer(command.command('show <id>'))
    .description('Shows one with every attempt.')
    .action(
      act(async (id: string, options: ServerOptions) => {
        const letter = await apiOf(options, io).call<DeadLetterEntry>('GET', `/v1/dead-letters/${step(id)}`)
        io.out(options.json === true ? jsonText(letter) : letterText(letter))
      }),
    )

  withServer(command.command('edit <id>'))
    .description('Changes the payload that a redelivery sends (JSON merge patch: null removes).')
    .requiredOption('--payload <json>', 'the changes')
    .addHelpText('after', `\nExample:\n  acteon dead-letters edit 0199… --payload '{"to": "right@example.com"}'`)
    .action(
      act(async (id: string, options: ServerOptions & { payload: string }) => {
        const body = { payload: parseJson(options.payload, '--payload') }
        const letter = await apiOf(options, io).call<DeadLetterEntry>('PATCH', `/v1/dead-letters/${step(id)}`, { body })
        io.out(options.json === true ? jsonText(letter) : 'Changed. `acteon dead-letters redeliver` sends it.\n')
      }),
    )

  withFilter(command.command('redeliver [id]'))
    .description('Sends one again, or with --all every one that the filter selects.')
    .option('--all', 'all that match, instead of one')
    .option('--force', 'although another action holds its dedup key')
    .option('--worthwhile', 'with --all: not those that are past their use, or whose event was delivered since')
    .option('--renew-key', 'under a new idempotency key, so that receivers take it as new')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon dead-letters redeliver 0199…\n  acteon dead-letters redeliver --all --provider email --code TIMEOUT',
    )
    .action(
      act(
        (
          id: string | undefined,
          options: FilterOptions & { all?: boolean; force?: boolean; renewKey?: boolean; worthwhile?: boolean },
        ): Promise<ExitName> => {
          if ((id === undefined) === (options.all !== true))
            throw new Stop(
              'usage',
              'Name one dead letter by its id, or give --all (with a filter, if you like); not both.',
            )
          return id === undefined ? redeliverAll(options) : redeliverOne(id, options)
        },
      ),
    )

  withServer(command.command('discard <id>'))
    .description('Gives one up.')
    .requiredOption('--reason <text>', 'why; it is put on record')
    .action(
      act(async (id: string, options: ServerOptions & { reason: string }) => {
        await apiOf(options, io).call('DELETE', `/v1/dead-letters/${step(id)}`, { query: { reason: options.reason } })
        io.out(options.json === true ? jsonText({ id, discarded: true }) : 'Discarded.\n')
      }),
    )

  const redeliverOne = async (
    id: string,
    options: FilterOptions & { force?: boolean; renewKey?: boolean },
  ): Promise<ExitName> => {
    const wire = await apiOf(options, io).call<WireOutcome>('POST', `/v1/dead-letters/${step(id)}/redeliver`, {
      body: { force: options.force === true, renew_key: options.renewKey === true },
    })
    const outcome = outcomeFromWire(wire)
    io.out(options.json === true ? jsonText(wire) : `${outcomeText(outcome)}\n`)
    return exitOfOutcome(outcome)
  }

  const redeliverAll = async (
    options: FilterOptions & { force?: boolean; renewKey?: boolean; worthwhile?: boolean },
  ): Promise<ExitName> => {
    const body = {
      ...filterOf(options),
      force: options.force === true,
      renew_key: options.renewKey === true,
      ...(options.worthwhile === true && { worthwhile: true }),
    }
    const answer = await apiOf(options, io).call<{
      redelivered: number
      failed: number
      refused: number
      left?: number
    }>('POST', '/v1/dead-letters/redeliver', { body })
    const { redelivered, failed, refused, left = 0 } = answer
    const kept = left === 0 ? '' : `, left ${left}`
    io.out(
      options.json === true
        ? jsonText(answer)
        : `Redelivered ${redelivered}, failed again ${failed}, refused ${refused}${kept}.\n`,
    )
    return failed + refused > 0 ? 'failed' : 'ok'
  }
}

function letterTable(letters: DeadLetterEntry[], width: number): string {
  if (letters.length === 0) return 'No dead letters.\n'
  const rows = letters.map((letter) => [
    letter.id,
    timeText(letter.created_at),
    letter.provider,
    letter.action_type,
    letter.attempts,
    letter.code,
    markOf(letter),
    letter.error,
  ])
  return `${table(['ID', 'AT', 'PROVIDER', 'TYPE', 'ATTEMPTS', 'CODE', 'MARK', 'ERROR'], rows, width)}\n`
}

/** What speaks against sending it again, in two words each. */
const markOf = ({ past_use_since, delivered_since }: DeadLetterEntry): string =>
  [...(past_use_since == null ? [] : ['past use']), ...(delivered_since == null ? [] : ['delivered since'])].join(', ')

function letterText(letter: DeadLetterEntry): string {
  const { id, action_id, provider, action_type, namespace, tenant, code, error, created_at, attempt_list, duplicates } =
    letter
  const { past_use_since, delivered_since } = letter
  const links = duplicates === undefined ? {} : { duplicates }
  const lines = [
    `Dead letter ${id}, action ${action_id}`,
    `  ${action_type} for ${provider}, ${namespace} / ${tenant}, given up ${timeText(created_at)}`,
    `  ${code}: ${error}`,
    ...(past_use_since == null ? [] : [`  Past its use since ${timeText(past_use_since)}`]),
    ...(delivered_since == null
      ? []
      : [
          `  Its event was delivered since: action ${delivered_since.action_id} by ${delivered_since.provider}, ${timeText(delivered_since.at)}`,
        ]),
  ].map(printable)
  return `${[...lines, ...traceLines({ rules: [], gates: [], attempts: attempt_list ?? [], links })].join('\n')}\n`
}
