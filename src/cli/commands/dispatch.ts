import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { outcomeFromWire, type Outcome, type WireOutcome } from '../../action/outcome.js'
import type { ErrorBody } from '../../lib/errors.js'
import { isObject } from '../../lib/json.js'
import { apiOf, withServer, type Api, type ServerOptions } from '../api.js'
import { Stop, type ExitName } from '../exit.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { exitOfOutcome, outcomeText } from '../render/outcome.js'
import { jsonText } from '../render/table.js'

interface DispatchOptions extends ServerOptions {
  namespace?: string
  tenant?: string
  provider?: string
  type?: string
  payload?: string
  label?: string[]
  id?: string
  dedupKey?: string
  status?: string
  fingerprint?: string
  dryRun?: boolean
}

export function define(command: Command, { io, act }: Cli): void {
  const collect = (text: string, earlier: string[] = []): string[] => [...earlier, text]
  withServer(command)
    .description('Hands in an action, or several as one batch, and prints what became of each.')
    .argument('[file]', 'JSON: an action, or a list of them; - reads standard input')
    .option('--namespace <name>', 'what the action belongs to')
    .option('--tenant <name>', 'whose action it is')
    .option('--provider <name>', 'who shall carry it out')
    .option('--type <action_type>', 'what kind of action it is')
    .option('--payload <json>', 'its payload')
    .option('--label <name=value>', 'a label; may be repeated', collect)
    .option('--id <id>', 'names the request: the same id and body again answers the same outcome')
    .option('--dedup-key <key>', 'what duplicates have in common')
    .option('--status <state>', 'the state that it reports')
    .option('--fingerprint <fingerprint>', 'the event that it tells of')
    .option('--dry-run', 'only tell what would become of it; nothing changes')
    .addHelpText(
      'after',
      `
Options win over the file's fields. Ends with 1 when an outcome is Failed, Throttled, QuotaExceeded or CircuitOpen.

Examples:
  acteon dispatch action.json
  acteon dispatch --namespace shop --tenant acme --provider email --type send_email \\
      --payload '{"to": "user@example.com", "subject": "Hello"}'
  cat actions.json | acteon dispatch - --dry-run`,
    )
    .action(act((file: string | undefined, options: DispatchOptions) => dispatch(file, options, io)))
}

async function dispatch(file: string | undefined, options: DispatchOptions, io: Io): Promise<ExitName> {
  const sent = actionsOf(file, options, io)
  const api = apiOf(options, io)
  const query = { dry_run: options.dryRun === true ? true : undefined }
  if (Array.isArray(sent)) return dispatchBatch(sent, api, query, options, io)
  const wire = await api.call<WireOutcome>('POST', '/v1/dispatch', { query, body: sent })
  const outcome = outcomeFromWire(wire)
  io.out(options.json === true ? jsonText(wire) : `${outcomeLine(outcome)}\n`)
  return exitOfOutcome(outcome)
}

async function dispatchBatch(
  sent: unknown[],
  api: Api,
  query: { dry_run: boolean | undefined },
  options: DispatchOptions,
  io: Io,
): Promise<ExitName> {
  const answers = await api.call<(WireOutcome | { error: ErrorBody })[]>('POST', '/v1/dispatch/batch', {
    query,
    body: sent,
  })
  if (options.json === true) io.out(jsonText(answers))
  let exit: ExitName = 'ok'
  for (const [i, answer] of answers.entries()) {
    const refused = isObject(answer) && isObject(answer['error']) ? (answer['error'] as unknown as ErrorBody) : null
    const outcome = refused === null ? outcomeFromWire(answer as WireOutcome) : null
    if (outcome === null || exitOfOutcome(outcome) !== 'ok') exit = 'failed'
    if (options.json !== true)
      io.out(
        `${i + 1}. ${outcome === null ? `refused with ${refused!.code}: ${refused!.message}` : outcomeLine(outcome)}\n`,
      )
  }
  return exit
}

const outcomeLine = (outcome: Outcome): string =>
  `${outcomeText(outcome)}${outcome.action_id === undefined || outcome.type === 'DryRun' ? '' : `\n   acteon explain ${outcome.action_id}`}`

/** The body to send, from the file and the options. */
function actionsOf(file: string | undefined, options: DispatchOptions, io: Io): unknown {
  const given = file === undefined ? {} : parseJson(readInput(file, io), file === '-' ? 'standard input' : file)
  const changes = fieldsOf(options)
  if (file === undefined && Object.keys(changes).length === 0)
    throw new Stop(
      'usage',
      'There is no action: name a file, - for standard input, or give --namespace, --tenant, --provider and --type.',
    )
  const merge = (action: unknown): unknown => (isObject(action) ? { ...action, ...changes } : action)
  return Array.isArray(given) ? given.map(merge) : merge(given)
}

function fieldsOf(options: DispatchOptions): Record<string, unknown> {
  const labels = options.label?.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw new Stop('usage', `--label "${text}" is no label; expected NAME=VALUE.`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
  const fields = {
    namespace: options.namespace,
    tenant: options.tenant,
    provider: options.provider,
    action_type: options.type,
    payload: options.payload === undefined ? undefined : parseJson(options.payload, '--payload'),
    metadata: labels === undefined ? undefined : { labels: Object.fromEntries(labels) as Record<string, string> },
    id: options.id,
    dedup_key: options.dedupKey,
    status: options.status,
    fingerprint: options.fingerprint,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function readInput(file: string, io: Io): string {
  if (file === '-') return io.stdin()
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Stop('usage', `${file}: ${code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`}.`)
  }
}

/** @param what it is, for the error */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new Stop('usage', `${what} is not JSON: ${(error as Error).message}.`)
  }
}
