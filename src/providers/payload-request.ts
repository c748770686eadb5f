import type { Action } from '../action/action.js'
import { isObject } from '../lib/json.js'
import { DeliveryError } from './provider.js'

/** What a payload says of the request that it wants. */
export interface PayloadRequest {
  url: string
  method?: string
  /** Names in lower case. */
  headers: Record<string, string>
  body?: string
}

export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
export const BAD_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const MAX_HEADERS = 50
const MAX_HEADER_LENGTH = 4_096

/** They say how a message is framed, where it goes or who sent it, which is not the payload's to say. */
const RESERVED = new Set(
  (
    'host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer transfer-encoding ' +
    'upgrade content-length expect accept-encoding idempotency-key webhook-id webhook-timestamp webhook-signature ' +
    'traceparent tracestate'
  ).split(' '),
)

export const invalidHeader = (name: string, problem: string): DeliveryError =>
  new DeliveryError(`The header ${JSON.stringify(name.slice(0, 100))} ${problem}.`, {
    failure: 'final',
    code: 'INVALID_HEADER',
  })

const rejected = (what: string): DeliveryError =>
  new DeliveryError(what, { failure: 'final', code: 'PROVIDER_REJECTED' })

/**
 * The request that a payload with a `url` asks for; undefined: it has none.
 * @throws DeliveryError `final` for what cannot be sent
 */
export function payloadRequest({ payload }: Action): PayloadRequest | undefined {
  if (!isObject(payload) || !Object.hasOwn(payload, 'url')) return undefined
  const { url, method, headers = {}, body } = payload
  if (typeof url !== 'string') throw rejected('payload.url: expected a text.')
  if (method !== undefined && !METHODS.includes(method as string))
    throw rejected(`payload.method: expected one of ${METHODS.join(', ')}.`)
  if (method === 'GET' && body !== undefined) throw rejected('payload.body: GET carries none; leave it out.')
  if (!isObject(headers)) throw rejected('payload.headers: expected an object of texts.')
  return {
    url,
    headers: headersOf(headers),
    ...(method !== undefined && { method: method as string }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

/** The host that a payload's `url` names, in lower case; empty when it names none that can be called; undefined: there is no `url`. */
export function payloadHost({ payload }: Action): string | undefined {
  if (!isObject(payload) || !Object.hasOwn(payload, 'url')) return undefined
  const { url } = payload
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : ''
}

function headersOf(given: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(given)
  if (entries.length > MAX_HEADERS)
    throw rejected(`payload.headers: ${entries.length} of them; at most ${MAX_HEADERS}.`)
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (!HEADER_NAME.test(name)) throw invalidHeader(name, 'has no name that HTTP allows')
      if (RESERVED.has(name.toLowerCase())) throw invalidHeader(name, 'is not for a payload to set; leave it out')
      if (typeof value !== 'string' || value.length > MAX_HEADER_LENGTH || BAD_HEADER_VALUE.test(value))
        throw invalidHeader(name, `needs a text of at most ${MAX_HEADER_LENGTH} characters without line breaks`)
      return [name.toLowerCase(), value]
    }),
  )
}
