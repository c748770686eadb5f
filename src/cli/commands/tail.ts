import type { Command } from 'commander'
import { events } from '../../client/stream.js'
import { outcomeFromWire, type WireOutcome } from '../../action/outcome.js'
import { sleep } from '../../lib/clock.js'
import { apiOf, withScope, withServer, type Api, type ScopeOptions, type ServerOptions } from '../api.js'
import { Stop, type ExitName } from '../exit.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { outcomeText } from '../render/outcome.js'
import { printable, timeText } from '../render/table.js'

interface TailOptions extends ServerOptions, ScopeOptions {
  type?: string
  outcome?: string
  event?: string
  since?: string
  count?: string
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

export function define(command: Command, { io, act }: Cli): void {
  withScope(withServer(command))
    .description('Follows what happens, live, until Ctrl-C; after a lost connection it goes on without gap or double.')
    .option('--type <action_type>', 'only this kind of action')
    .option('--outcome <word>', 'only dispatches with this outcome: executed, suppressed, …')
    .option('--event <name>', 'only this kind of message: action_dispatched, group_flushed, timeout, …')
    .option('--since <id>', 'begin after this message, as printed by --json')
    .option('--count <n>', 'end after this many messages')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon tail --tenant acme\n  acteon tail --outcome failed --json | jq .action_id',
    )
    .action(act((options: TailOptions) => tail(options, io)))
}

async function tail(options: TailOptions, io: Io): Promise<ExitName> {
  const api = apiOf(options, io)
  const wanted = options.count === undefined ? Infinity : Number(options.count)
  if (!(wanted >= 1)) throw new Stop('usage', `--count "${options.count}" is no count; expected a number from 1.`)
  const progress = { last: options.since, left: wanted, waitMs: FIRST_WAIT_MS, connected: false }
  while (progress.left > 0 && !io.stop.aborted) {
    try {
      await follow(api, options, progress, io)
    } catch (error) {
      if (io.stop.aborted) break
      // What the server refuses it will refuse again; and a first connection that fails is for the reader to know.
      if (!progress.connected || (error instanceof Stop && error.exit !== 'unreachable')) throw error
      io.err(`The stream broke off (${(error as Error).message}); trying again.\n`)
    }
    if (progress.left === 0 || io.stop.aborted) break
    try {
      await sleep(io.clock, progress.waitMs, io.stop)
    } catch {
      break
    }
    progress.waitMs = Math.min(progress.waitMs * 2, LONGEST_WAIT_MS)
  }
  return 'ok'
}

/** One connection, until it ends or enough was read. */
async function follow(
  api: Api,
  { namespace, tenant, type, outcome, event, json }: TailOptions,
  progress: { last: string | undefined; left: number; waitMs: number; connected: boolean },
  io: Io,
): Promise<void> {
  const ended = new AbortController()
  const signal = AbortSignal.any([io.stop, ended.signal])
  const answer = await api.open('/v1/stream', {
    query: { namespace, tenant, action_type: type, outcome, event_type: event },
    headers: {
      accept: 'text/event-stream',
      ...(progress.last !== undefined && { 'last-event-id': progress.last }),
    },
    signal,
  })
  progress.connected = true
  try {
    for await (const frame of events(answer.body as ReadableStream<Uint8Array>)) {
      progress.last = frame.id ?? progress.last
      progress.waitMs = FIRST_WAIT_MS
      io.out(json === true ? `${frame.data}\n` : `${frameLine(frame)}\n`)
      if (frame.event !== 'lagged' && --progress.left === 0) return
    }
  } finally {
    ended.abort()
  }
}

/** One message of the stream as a line for people. */
function frameLine({ event, data }: { event: string; data: string }): string {
  let message: Record<string, unknown>
  try {
    message = JSON.parse(data) as Record<string, unknown>
  } catch {
    return printable(data)
  }
  if (event === 'lagged') return `… ${String(message['skipped'] ?? 'some')} messages were missed`
  const { timestamp, type, namespace, tenant, action_type, action_id } = message
  const head = [
    timeText(timestamp as string),
    `${String(namespace ?? '-')}/${String(tenant ?? '-')}`,
    action_type ?? '',
  ]
  const tail = action_id === undefined ? '' : `  ${String(action_id)}`
  return `${printable(head.filter((part) => part !== '').join('  '))}  ${whatHappened(String(type ?? event), message)}${printable(tail)}`
}

function whatHappened(type: string, message: Record<string, unknown>): string {
  if (type === 'action_dispatched' && message['outcome'] !== undefined)
    return outcomeText(outcomeFromWire(message['outcome'] as WireOutcome))
  const { group_key, event_count, fingerprint } = message
  const from = message['previous_state'] ?? message['previous_status']
  const to = message['new_state'] ?? message['new_status']
  const details = [
    group_key === undefined ? '' : String(group_key),
    event_count === undefined ? '' : `${String(event_count)} collected`,
    to === undefined ? '' : `${String(from ?? 'new')} → ${String(to)}`,
    fingerprint === undefined ? '' : String(fingerprint),
  ].filter((part) => part !== '')
  return printable([type.replaceAll('_', ' '), ...details].join(', '))
}
