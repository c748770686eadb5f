import { ActeonApiError, errorOfAnswer } from './error.js'
import type { Http } from './request.js'

/** What a stream sends: the envelope, and the fields of its type. `lagged` says that frames are lost, and has no id. */
export interface StreamFrame {
  type: string
  id?: string
  timestamp?: string
  namespace?: string
  tenant?: string
  action_id?: string
  action_type?: string
  [field: string]: unknown
}

export interface StreamOptions {
  /** Go on after this frame, without gap or double. */
  lastEventId?: string | undefined
  /** Ends the stream. */
  signal?: AbortSignal | undefined
}

interface Event {
  id?: string | undefined
  event: string
  data: string
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/**
 * Reads a stream until its signal aborts. A connection that ends is opened again where it was; what the server refuses
 * for good is thrown.
 * @throws ActeonApiError
 */
export async function* readStream(
  http: Http,
  path: string,
  query: Record<string, string | boolean | undefined>,
  { lastEventId, signal }: StreamOptions,
  wait: (ms: number, signal?: AbortSignal) => Promise<void>,
): AsyncGenerator<StreamFrame, void, undefined> {
  let last = lastEventId
  let waitMs = FIRST_WAIT_MS
  while (signal?.aborted !== true) {
    try {
      for await (const { id, event, data } of await connect(http, path, query, last, signal)) {
        waitMs = FIRST_WAIT_MS
        if (id !== undefined) last = id
        yield { type: event, ...(JSON.parse(data) as object) }
      }
    } catch (error) {
      if (signal?.aborted) return
      if (error instanceof ActeonApiError && !error.retryable) throw error
      if (error instanceof ActeonApiError && error.retryAfterMs !== undefined)
        waitMs = Math.max(waitMs, error.retryAfterMs)
    }
    if (signal?.aborted) return
    await wait(waitMs, signal)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  }
}

async function connect(
  http: Http,
  path: string,
  query: Record<string, string | boolean | undefined>,
  last: string | undefined,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Event>> {
  const headers = { accept: 'text/event-stream', 'last-event-id': last }
  const answer = await http.send('GET', path, { query, headers, signal })
  if (!answer.ok || answer.body === null) throw await errorOfAnswer(answer)
  return events(answer.body as unknown as ReadableStream<Uint8Array>)
}

/** The events of a stream of bytes, as the HTML standard parses them. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Event, void, undefined> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      // A CR at the very end may be half of a line end.
      const whole = text.endsWith('\r') ? text.slice(0, -1) : text
      const blocks = whole.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n\n')
      text = blocks.pop()! + (whole === text ? '' : '\r')
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event !== null) yield event
      }
    }
  } finally {
    await reader.cancel()
  }
}

function parseEvent(block: string): Event | null {
  let id: string | undefined
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [name, value = ''] = line.split(/: ?(.*)/s) as [string, string?]
    if (name === 'id') id = value
    else if (name === 'event') event = value
    else if (name === 'data') data.push(value)
  }
  return data.length === 0 ? null : { id, event, data: data.join('\n') }
}
