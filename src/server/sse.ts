import type { ServerResponse } from 'node:http'
import type { Cancel, Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'

/** One open stream of server-sent events. */
export interface Sse {
  /** Writes one event; `data` becomes JSON on one line. */
  event(name: string, data: unknown, id?: string): void
  comment(text: string): void
  /** Resolves when what was written has left, or the reader went away. */
  drained(): Promise<void>
  /** Whether the reader does not take what is written at present. */
  readonly blocked: boolean
  /** Bytes that wait in this process. */
  readonly queued: number
  readonly closed: boolean
  /** Says why in a comment, and ends. */
  end(hint?: string, lingerMs?: number): void
  onClose(fn: () => void): void
}

const PING_MS = 15_000
/** How long a reader that takes nothing may still keep its connection, so that it can come to the hint at its end. */
const LINGER_MS = 30_000
const LINGER_AT_STOP_MS = 1_000

/** Answers with a stream, and keeps it alive with a comment every 15 s. */
export function openSse(response: ServerResponse, headers: Record<string, string>, clock: Clock): Sse {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    // Nothing else will be asked for here.
    connection: 'close',
  })
  response.socket?.setNoDelay(true)
  response.write(': open\n\n')
  let closed = false
  let ended = false
  let cancel: Cancel = () => {}
  const onClose = new Set<() => void>()
  const finish = (): void => {
    if (closed) return
    closed = true
    cancel()
    for (const fn of onClose) fn()
  }
  response.once('close', finish)
  // The reader went away in the middle of a write; `close` follows.
  response.on('error', () => undefined)
  const write = (text: string): void => {
    if (!closed && !ended) response.write(text)
  }
  const ping = (): void => {
    cancel = clock.after(PING_MS, () => {
      write(': ping\n\n')
      ping()
    })
  }
  ping()
  return {
    event: (name, data, id) =>
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    comment: (text) => write(`: ${text}\n\n`),
    drained: () =>
      closed || !response.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => {
            const done = (): void => {
              response.off('drain', done)
              response.off('close', done)
              resolve()
            }
            response.once('drain', done)
            response.once('close', done)
          }),
    get blocked() {
      return response.writableNeedDrain
    },
    get queued() {
      return response.writableLength
    },
    get closed() {
      return closed || ended
    },
    end(hint, lingerMs = LINGER_MS) {
      if (closed || ended) return
      if (hint !== undefined) write(`: ${hint}\n\n`)
      ended = true
      response.end()
      clock.after(lingerMs, () => {
        if (!closed) response.destroy()
      })
    },
    onClose(fn) {
      if (closed) fn()
      else onClose.add(fn)
    },
  }
}

/** Counts the open streams of each caller, and ends them all at a stop. */
export function createStreams(perCaller: number) {
  const open = new Map<string, Set<Sse>>()
  const conditions = new Map<Sse, () => boolean>()
  return {
    /** @throws ActeonError TOO_MANY_STREAMS */
    admit(caller: string): void {
      if ((open.get(caller)?.size ?? 0) >= perCaller)
        throw new ActeonError(
          'TOO_MANY_STREAMS',
          `This caller has ${perCaller} streams open, which is the most; close one first.`,
          { limit: perCaller },
          { retryAfterMs: 5_000 },
        )
    },
    /** @param holds whether its caller may still have it */
    add(caller: string, stream: Sse, holds: () => boolean): void {
      conditions.set(stream, holds)
      const own = open.get(caller) ?? new Set()
      open.set(caller, own.add(stream))
      stream.onClose(() => {
        own.delete(stream)
        conditions.delete(stream)
        if (own.size === 0) open.delete(caller)
      })
    },
    count: (): number => [...open.values()].reduce((sum, own) => sum + own.size, 0),
    /** Ends those whose callers may no longer have them. */
    recheck(): void {
      for (const [stream, holds] of conditions)
        if (!holds()) stream.end('what you may see has changed, or your credential ended; connect again', 0)
    },
    endAll(hint: string): void {
      for (const own of open.values()) for (const stream of own) stream.end(hint, LINGER_AT_STOP_MS)
    },
  }
}
export type Streams = ReturnType<typeof createStreams>
