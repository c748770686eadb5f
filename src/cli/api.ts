import type { Command } from 'commander'
import type { ErrorBody } from '../lib/errors.js'
import { exitOfStatus, Stop } from './exit.js'
import type { Io } from './io.js'

/** The options of every command that talks to a server. */
export interface ServerOptions {
  endpoint?: string
  apiKey?: string
  json?: boolean
}

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:8080'

/** Adds them to a command. */
export const withServer = (command: Command): Command =>
  command
    .option('--endpoint <url>', `the server (ACTEON_ENDPOINT; default ${DEFAULT_ENDPOINT})`)
    .option('--api-key <key>', 'who asks (ACTEON_API_KEY; prefer that: others can see your command line)')
    .option('--json', 'print JSON, for programs')

/** The filter of lists, in the words of the admin UI. */
export const withFilterText = (command: Command): Command =>
  command.option('--filter <text>', 'only what passes this filter, as in the admin UI')

export interface Request {
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  headers?: Record<string, string>
}

/** A server, as commands see it. */
export interface Api {
  endpoint: string
  /** The answer's JSON. @throws Stop for everything but 2xx, with the server's own sentence */
  call<T>(method: string, path: string, request?: Request): Promise<T>
  /** The answer as it comes in, for streams. @throws Stop likewise */
  open(path: string, request?: Request & { signal?: AbortSignal }): Promise<Response>
}

/** The server that a command's options name. */
export function apiOf(options: ServerOptions, io: Io): Api {
  const given = options.endpoint ?? io.env['ACTEON_ENDPOINT'] ?? DEFAULT_ENDPOINT
  const endpoint = endpointOf(given)
  const key = options.apiKey ?? io.env['ACTEON_API_KEY']
  const send = async (method: string, path: string, { query, body, headers }: Request, signal?: AbortSignal) => {
    const url = new URL(`${endpoint}${path}`)
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value))
    let answer: Response
    try {
      answer = await fetch(url, {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && key !== '' && { authorization: `Bearer ${key}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new Stop('unreachable', unreachableText(endpoint, error))
    }
    if (!answer.ok) throw await refusal(answer, endpoint)
    return answer
  }
  return {
    endpoint,
    open: (path, { signal, ...request } = {}) => send('GET', path, request, signal),
    call: async <T>(method: string, path: string, request: Request = {}) => {
      const answer = await send(method, path, request)
      const text = await answer.text()
      try {
        return (text === '' ? null : JSON.parse(text)) as T
      } catch {
        throw new Stop('unreachable', `${endpoint} answered, but not with JSON; is it an Acteon server?`)
      }
    },
  }
}

function endpointOf(text: string): string {
  const url = urlOf(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Stop('usage', `The endpoint "${text}" is no address; expected one such as ${DEFAULT_ENDPOINT}.`)
  return url.href.replace(/\/+$/, '')
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

function unreachableText(endpoint: string, error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  const why = cause?.code ?? cause?.message ?? (error as Error).message
  return `No server answers at ${endpoint} (${why}). Start one with \`acteon serve\`, or name another with --endpoint or ACTEON_ENDPOINT.`
}

async function refusal(answer: Response, endpoint: string): Promise<Stop> {
  const text = await answer.text()
  let body: Partial<ErrorBody> = {}
  try {
    body = JSON.parse(text) as Partial<ErrorBody>
  } catch {
    // Something else than Acteon answered, a proxy perhaps; its status still says how it went.
    return new Stop(exitOfStatus(answer.status), `${endpoint} answered ${answer.status}, without saying why in JSON.`)
  }
  const wait = answer.headers.get('retry-after')
  const again = wait === null ? '' : ` Try again in ${wait} s.`
  return new Stop(
    exitOfStatus(answer.status),
    `${body.message ?? body.error ?? `The server answered ${answer.status}.`}${again}`,
    body,
  )
}

/** The namespace and tenant options, where a key may be in more than one. */
export interface ScopeOptions {
  namespace?: string
  tenant?: string
}
export const withScope = (command: Command): Command =>
  command.option('--namespace <name>', 'only in this namespace').option('--tenant <name>', 'only for this tenant')

/** One step of a path. Our own ids and keys need no escaping; what a caller named may. */
export const step = (text: string): string => encodeURIComponent(text)
