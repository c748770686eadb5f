import type { FastifyError, FastifyReply } from 'fastify'
import { ActeonError, type ErrorBody, type ErrorCode } from '../lib/errors.js'
import { pathText, type Issue } from '../lib/validate.js'
import { StoreRefused, StoreUnavailable } from '../state/store.js'

export const JSON_TYPE = 'application/json; charset=utf-8'

/** A request that does not fit a route's schema; made by the validator, turned into INVALID_REQUEST. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  constructor(
    readonly part: string,
    readonly issues: Issue[],
  ) {
    super('the request does not fit the schema')
  }
}

const PARTS: Readonly<Record<string, string>> = {
  body: 'The body',
  querystring: 'The query',
  params: 'The path',
  headers: 'A header',
}

/** Whatever was thrown, as an error with a code. What nobody foresaw is INTERNAL, and its own text is not shown. */
export function errorOf(thrown: unknown, requestId?: string): ActeonError {
  if (thrown instanceof ActeonError) return thrown
  if (thrown instanceof Mismatch) return mismatchError(thrown)
  if (thrown instanceof StoreUnavailable || thrown instanceof StoreRefused)
    return new ActeonError(
      'STATE_UNAVAILABLE',
      'The state store does not answer or has no room; try again.',
      {},
      { retryAfterMs: 2_000, cause: thrown },
    )
  const { code, statusCode } = thrown as Partial<FastifyError>
  if (code === 'FST_ERR_BAD_URL') return new ActeonError('INVALID_REQUEST', 'The path is not validly encoded.')
  if (code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500)
    return new ActeonError('INVALID_REQUEST', `The request cannot be read: ${(thrown as Error).message}.`)
  return new ActeonError(
    'INTERNAL',
    `This is a fault of Acteon itself; its log tells more${requestId === undefined ? '' : ` under the request id ${requestId}`}.`,
    requestId === undefined ? {} : { request_id: requestId },
    { cause: thrown },
  )
}

function mismatchError({ part, issues }: Mismatch): ActeonError {
  const [first, ...others] = issues
  const where = first === undefined || first.path.length === 0 ? '' : `${pathText(first.path)}: `
  return new ActeonError(
    'INVALID_REQUEST',
    `${PARTS[part] ?? part} is not what this route expects: ${where}${first?.message ?? 'it does not fit'}${others.length > 0 ? ` (and ${others.length} more)` : ''}.`,
    { issues: issues.map(({ path, message }) => ({ path: pathText(path), message })) },
  )
}

/** Seconds, rounded up, for `Retry-After`; undefined where trying again is no use. */
export function retryAfterSeconds({ retryAfterMs, retryable, status }: ActeonError): number | undefined {
  if (retryAfterMs !== undefined) return Math.max(1, Math.ceil(retryAfterMs / 1_000))
  return retryable && status >= 400 ? 1 : undefined
}

/** The JSON body of an error, with what a client that reads no headers needs. */
export function errorBody(error: ActeonError): ErrorBody {
  const seconds = retryAfterSeconds(error)
  return { ...(seconds !== undefined && { retry_after: seconds }), ...error.body() }
}

/** Answers with an error's status, body and headers. */
export function sendError(reply: FastifyReply, error: ActeonError): FastifyReply {
  const seconds = retryAfterSeconds(error)
  if (seconds !== undefined) void reply.header('retry-after', String(seconds))
  return sendJson(reply, error.status, errorBody(error))
}

/** Answers with any JSON value, a bare text included. */
export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(JSON.stringify(value))
}

/** What a socket is told whose bytes are no HTTP request that we take, as raw text. */
export function malformedAnswer(code: string | undefined): string {
  const [status, error] = malformedError(code)
  const body = JSON.stringify(error.body())
  return [
    `HTTP/1.1 ${status}`,
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    'X-Content-Type-Options: nosniff',
    '',
    body,
  ].join('\r\n')
}

function malformedError(code: string | undefined): [string, ActeonError] {
  const of = (code: ErrorCode, message: string): ActeonError => new ActeonError(code, message)
  if (code === 'HPE_HEADER_OVERFLOW')
    return [
      '431 Request Header Fields Too Large',
      of('HEADERS_TOO_LARGE', 'The path and headers together are larger than 8 KiB.'),
    ]
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return ['408 Request Timeout', of('REQUEST_TIMEOUT', 'The request did not arrive whole in time.')]
  return ['400 Bad Request', of('INVALID_REQUEST', 'These bytes are not a valid HTTP/1.1 request.')]
}

export const notFound = (what: string, name: string): ActeonError =>
  new ActeonError('NOT_FOUND', `There is no ${what} "${name}".`)

/**
 * Looks a path part up as it stands and then, because one client form-encodes path parts, with each `+` as a space.
 * @throws what `look` throws, when that is not NOT_FOUND or there is no other spelling
 */
export async function bySpelling<T>(part: string, look: (name: string) => Promise<T>): Promise<T> {
  try {
    return await look(part)
  } catch (error) {
    const missing = error instanceof ActeonError && error.code === 'NOT_FOUND'
    if (!missing || !part.includes('+')) throw error
    return look(part.replaceAll('+', ' '))
  }
}

/** The request's id, of the caller when it sent one that is fit to be logged. */
export const requestIdOf = (given: string | string[] | undefined, newId: () => string): string =>
  typeof given === 'string' && /^[A-Za-z0-9._~:-]{1,128}$/.test(given) ? given : newId()
