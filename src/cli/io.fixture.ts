import { createServer, type IncomingMessage } from 'node:http'
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../lib/clock.js'
import type { Io } from './io.js'
import { main } from './main.js'

/** What a command printed, and how it ended. */
export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs a command line in a folder of its own, with nothing of the machine's environment. */
export async function acteon(
  args: string[],
  {
    cwd,
    env = {},
    stdin = '',
    stop = new AbortController().signal,
    onOut,
  }: {
    cwd?: string
    env?: Record<string, string>
    stdin?: string
    stop?: AbortSignal
    onOut?: (out: string) => void
  } = {},
): Promise<Ran> {
  const printed = { out: '', err: '' }
  const io: Io = {
    out: (text) => {
      printed.out += text
      onOut?.(printed.out)
    },
    err: (text) => void (printed.err += text),
    env,
    cwd: cwd ?? mkdtempSync(join(tmpdir(), 'acteon-cli-')),
    width: 120,
    stdin: () => stdin,
    clock: systemClock,
    stop,
  }
  return { code: await main(args, io), ...printed }
}

/** A request as a server saw it. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: unknown
}

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** JSON, or text as it is. */
  body: unknown
}

/** A server that answers as told, by `METHOD /path`, and keeps what it was asked. */
export async function peer(
  answers: Record<string, Answer | ((seen: Seen) => Answer)>,
): Promise<{ endpoint: string; seen: Seen[]; close: () => Promise<void> }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
      seen.push(one)
      const found = answers[`${method} ${url.split('?')[0]}`]
      const answer = typeof found === 'function' ? found(one) : found
      const {
        status = 200,
        headers: extra = {},
        body,
      } = answer ?? {
        status: 404,
        body: {
          error: 'There is nothing here.',
          code: 'NOT_FOUND',
          message: 'There is nothing here.',
          retryable: false,
        },
      }
      response.writeHead(status, { 'content-type': 'application/json', ...extra })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
