import { pino, destination, type DestinationStream, type Logger } from 'pino'
import { outcomeWord, type OutcomeType } from '../action/outcome.js'
import type { Redactor } from '../audit/redact.js'
import type { Observer } from '../gateway/gateway.js'
import type { ProviderLog } from '../providers/provider.js'
import { resultOf } from './results.js'

export type { Logger }

const STANDARD_ERROR = 2

/**
 * What is written about the work: one JSON object a line for programs, or one readable line each for people.
 * @param write where readable lines go; standard error when absent
 */
export function createLog(
  { level, format }: { level: string; format: 'json' | 'text' },
  write?: (line: string) => void,
): Logger & { ended(): Promise<void> } {
  const target = destination({ dest: STANDARD_ERROR, sync: false })
  const out = write ?? ((line: string) => void target.write(line))
  const stream: DestinationStream =
    format === 'json' ? { write: out } : { write: (json) => out(`${textLine(JSON.parse(json) as Entry)}\n`) }
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: named } },
    stream,
  )
  return Object.assign(log, {
    ended: () => new Promise<void>((resolve) => target.flush(() => resolve())),
  })
}

const named = (label: string): { level: string } => ({ level: label })

interface Entry {
  level: string
  time: string
  msg?: string
  err?: { message?: string; stack?: string }
  [name: string]: unknown
}

/** Known to stand in the sentence already, or to be of no use on a terminal. */
const UNSAID = new Set(['level', 'time', 'msg', 'err', 'what', 'sentence', 'reqId'])

/** `16:20:01 suppressed  order_shipped …`: the time, then what happened, then what else is known. */
function textLine(entry: Entry): string {
  const { level, time, msg = '', err } = entry
  const mark = level === 'info' ? '' : `${level.toUpperCase()} `
  const rest = entry['what'] === 'outcome' ? [] : Object.entries(entry).filter(([name]) => !UNSAID.has(name))
  const known = rest.map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const fault =
    err === undefined ? '' : ` (${err.message ?? 'unknown'})${level === 'error' ? `\n${err.stack ?? ''}` : ''}`
  return printable(`${clockTime(time)} ${mark}${msg}${known.join('')}${fault}`)
}

const clockTime = (iso: string): string => new Date(iso).toLocaleTimeString('en-GB', { hour12: false })

/** What callers send must not steer the reader's terminal. */
const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** Writes what the gateway tells of its work; each final outcome in a line, with the reason for what was held back. */
export function logObserver(log: Logger): Observer {
  return {
    outcome(event) {
      const { kind, outcome, provider, rule, verdict, action_id, namespace, tenant, durationMs, message } = event
      const word = outcomeWord(outcome as OutcomeType)
      const fields = { what: 'outcome', kind, outcome: word, provider, rule, verdict, action_id, namespace, tenant }
      log.info(
        { ...fields, duration_ms: Math.round(durationMs), ...(message !== undefined && { reason: message }) },
        sentence(word, event),
      )
    },
    log(level, message, fields = {}) {
      log[level](fields, message)
    },
  }
}

function sentence(
  word: string,
  {
    kind,
    provider,
    rule,
    action_id,
    namespace,
    tenant,
    durationMs,
    message,
  }: Parameters<NonNullable<Observer['outcome']>>[0],
): string {
  const result = resultOf(word, null)
  const what = `${result === 'held back' ? 'held back' : result}: ${word.replaceAll('_', ' ')}`
  const why = rule === null ? '' : ` by rule ${rule}`
  const reason = message === undefined ? '' : `: ${message}`
  const from = kind === 'dispatch' ? '' : ` (${kind.replaceAll('_', ' ')})`
  return `${what}${why}${reason}${from} · to ${provider} · ${namespace}/${tenant} · ${Math.round(durationMs)} ms · ${action_id}`
}

/** Where `log` providers write: what they were given, masked. */
export const logDeliveries =
  (log: Logger, redactor: Redactor): ProviderLog =>
  ({ provider, message, data }) => {
    const { payload, metadata, ...rest } = data
    log.info(
      { what: 'delivery', provider, ...rest, payload: redactor.value(payload), ...labelsOf(metadata, redactor) },
      message,
    )
  }

const labelsOf = (metadata: unknown, redactor: Redactor): { metadata?: unknown } =>
  typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length > 0
    ? { metadata: redactor.labels(metadata as Record<string, string>) }
    : {}
