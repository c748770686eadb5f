import type { ActeonError, ErrorBody } from '../lib/errors.js'

/** How a command ends, for scripts: the code, its name here, and what it means. `acteon help exit-codes` prints it. */
export const EXIT = {
  ok: { code: 0, means: 'It was done.' },
  failed: {
    code: 1,
    means:
      'It was tried and did not succeed: a dispatch ended as Failed, Throttled, QuotaExceeded or CircuitOpen, a rule file has an error, a test failed, a change was refused.',
  },
  usage: { code: 2, means: 'The command line or the input is wrong; nothing was tried.' },
  unreachable: { code: 3, means: 'The server could not be reached, or cannot take work now (503).' },
  notFound: { code: 4, means: 'What was named does not exist.' },
  forbidden: { code: 5, means: 'The server does not know this key, or does not allow it that.' },
  internal: { code: 70, means: 'A fault of Acteon itself; please report it.' },
  configuration: { code: 78, means: 'The configuration or the rules were refused, so nothing was started.' },
} as const satisfies Record<string, { code: number; means: string }>

export type ExitName = keyof typeof EXIT

/** Ends a command with a sentence for the reader and an exit code. */
export class Stop extends Error {
  override readonly name = 'Stop'
  constructor(
    readonly exit: ExitName,
    message: string,
    /** The server's error body, for `--json`. */
    readonly body?: Partial<ErrorBody>,
  ) {
    super(message)
  }
}

/** How an error that came from the program itself, not from a server, ends a command. */
export function exitOfError({ code, status }: ActeonError): ExitName {
  if (code === 'CONFIG_INVALID' || code === 'RULES_INVALID') return 'configuration'
  return exitOfStatus(status)
}

/** How an answer's HTTP status ends a command. */
export function exitOfStatus(status: number): ExitName {
  if (status < 300) return 'ok'
  if (status === 400 || status === 413 || status === 415 || status === 422) return 'usage'
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 404) return 'notFound'
  if (status === 502 || status === 503 || status === 504) return 'unreachable'
  return 'failed'
}

/** The table for people. */
export const exitCodesText = (): string =>
  Object.values(EXIT)
    .map(({ code, means }) => `  ${String(code).padStart(2)}  ${means}`)
    .join('\n')
