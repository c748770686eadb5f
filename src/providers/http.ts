import type { LookupFunction } from 'node:net'
import { Agent, errors, type Dispatcher } from 'undici'
import { DeliveryError } from './provider.js'

/** One request as it goes out. */
export interface HttpRequest {
  method: string
  url: URL
  headers: Record<string, string>
  body?: string
  /** Ends it, wherever it is: connecting, waiting for headers, or reading the body. */
  signal: AbortSignal
}

/** What came back. A body longer than `MAX_BODY_BYTES` is cut there. */
export interface HttpAnswer {
  status: number
  /** Names in lower case; cookies and credentials are left out. */
  headers: Record<string, string>
  text: string
  truncated: boolean
}

/** Outgoing HTTP of one provider, with its own connections. */
export interface HttpClient {
  /**
   * Sends a request and resolves with the answer, whatever its status.
   * @throws DeliveryError `retryable` while certainly nothing was sent, `ambiguous` when it ended without a whole answer
   */
  send(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

export const MAX_HEADER_BYTES = 16_384
export const MAX_BODY_BYTES = 65_536
/** A connection that is not there after this is given up; the attempt's own time may end it sooner. */
const CONNECT_TIMEOUT_MS = 10_000
const PRIVATE_HEADERS = new Set(['set-cookie', 'set-cookie2', 'authorization', 'proxy-authorization'])

/**
 * Connections are kept alive and reused; redirects and the environment's proxies are not followed; certificates are
 * verified whatever the environment says; compressed answers are neither asked for nor unpacked.
 * @param trust certificates (PEM) to trust instead of the well-known ones
 * @param lookup resolves names for connections; it is not asked for an address that is one already
 */
export function httpClient({ trust, lookup }: { trust?: string; lookup?: LookupFunction } = {}): HttpClient {
  const agent = new Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    // The attempt's signal is the one bound on how long it may take.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(trust !== undefined && { ca: trust }),
      ...(lookup !== undefined && { lookup }),
    },
  })
  return {
    send: (request) => new Promise((resolve, reject) => exchange(agent, request, resolve, reject)),
    close: () => agent.destroy(),
  }
}

function exchange(
  agent: Agent,
  { method, url, headers, body, signal }: HttpRequest,
  resolve: (answer: HttpAnswer) => void,
  reject: (error: DeliveryError) => void,
): void {
  let controller: Dispatcher.DispatchController | undefined
  let status = 0
  let answerHeaders: Record<string, string> = {}
  const chunks: Buffer[] = []
  let size = 0
  let ended = false

  const end = (): boolean => {
    if (ended) return false
    ended = true
    signal.removeEventListener('abort', onAbort)
    return true
  }
  const answered = (truncated: boolean): void => {
    if (end()) resolve({ status, headers: answerHeaders, text: Buffer.concat(chunks).toString('utf8'), truncated })
  }
  const failed = (error: Error): void => {
    // A refusal whose body was cut off is a refusal: its status says all that matters.
    if (status >= 300) answered(true)
    else if (end()) reject(failureOf(error, { target: url.origin, begun: controller !== undefined, status, signal }))
  }
  const onAbort = (): void => {
    const reason = new Error('aborted', { cause: signal.reason })
    failed(reason)
    controller?.abort(reason)
  }
  if (signal.aborted) return onAbort()
  signal.addEventListener('abort', onAbort, { once: true })

  const handler: Dispatcher.DispatchHandler = {
    // The last moment before bytes are written: from here on an end without an answer is ambiguous.
    onRequestStart(started) {
      if (ended) return started.abort(new Error('aborted before it was sent'))
      controller = started
    },
    onResponseStart(_controller, code, raw) {
      if (code < 200) return
      status = code
      answerHeaders = flat(raw)
    },
    onResponseData(receiving, chunk) {
      if (status === 0 || ended) return
      const room = MAX_BODY_BYTES - size
      size += chunk.length
      chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
      if (size <= MAX_BODY_BYTES) return
      answered(true)
      receiving.abort(new Error('more than is read of an answer'))
    },
    onResponseEnd: () => answered(false),
    onResponseError: (_controller, error) => failed(error),
  }
  try {
    agent.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: method as Dispatcher.HttpMethod,
        headers,
        body: body ?? null,
      },
      handler,
    )
  } catch (error) {
    failed(error as Error)
  }
}

function flat(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const kept = Object.entries(raw).filter(([name, value]) => value !== undefined && !PRIVATE_HEADERS.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value!]))
}

function failureOf(
  error: Error,
  { target, begun, status, signal }: { target: string; begun: boolean; status: number; signal: AbortSignal },
): DeliveryError {
  if (error instanceof DeliveryError) return error
  const { code } = error as NodeJS.ErrnoException
  const options = { cause: error, ...(status !== 0 && { status }) }
  if (code === 'UND_ERR_INVALID_ARG')
    return new DeliveryError(`The request to ${target} cannot be sent: ${error.message}.`, {
      ...options,
      failure: 'final',
      code: 'PROVIDER_REJECTED',
    })
  if (!begun)
    return new DeliveryError(
      signal.aborted ? `No connection to ${target} was made in time.` : `${target} ${whyUnreachable(error)}.`,
      { ...options, failure: 'retryable', code: signal.aborted ? 'TIMEOUT' : 'CONNECTION_FAILED' },
    )
  const progress = status === 0 ? 'before an answer came' : `in the middle of its answer (${status})`
  if (signal.aborted)
    return new DeliveryError(`${target} took too long: the attempt was ended ${progress}.`, {
      ...options,
      failure: 'ambiguous',
      code: 'TIMEOUT',
    })
  const unreadable =
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError
  return new DeliveryError(
    unreadable
      ? `${target} sent an answer that is not HTTP as it should be: ${error.message}.`
      : `${target} closed the connection ${progress}${code === undefined ? '' : ` (${code})`}.`,
    { ...options, failure: 'ambiguous', code: unreadable ? 'PROVIDER_ERROR' : 'CONNECTION_FAILED' },
  )
}

function whyUnreachable(error: Error): string {
  const { code = error.message } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return 'refuses the connection; nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `has a name that cannot be resolved (${code})`
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'does not take the connection in time'
  return `cannot be connected to (${code})`
}
