import type { ProviderResponse } from '../action/outcome.js'
import { isObject, structureProblem, type JsonObject } from '../lib/json.js'
import type { HttpAnswer } from './http.js'
import { DeliveryError } from './provider.js'

const EXCERPT_LENGTH = 2_048
const JSON_LIMITS = { depth: 64, names: 10_000 }

/**
 * Turns an answer over HTTP into a response, or into the failure that its status means.
 * @param target how the peer is named in errors: its origin, never a path (paths carry secrets)
 * @param now wall time, milliseconds, for a Retry-After that is a date
 * @throws DeliveryError for any status but 2xx
 */
export function responseOf(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return { status: 'success', body: bodyOf(answer), headers }
  const common = { status, excerpt: answer.text.slice(0, EXCERPT_LENGTH) }
  if (status < 400)
    throw new DeliveryError(
      `${target} answered ${status}: it is elsewhere, and redirects are not followed; configure the address it leads to.`,
      { ...common, failure: 'final', code: 'PROVIDER_CONFIGURATION' },
    )
  if (status === 401 || status === 403)
    throw new DeliveryError(`${target} answered ${status}: it does not accept our credentials.`, {
      ...common,
      failure: 'configuration',
      code: 'PROVIDER_CONFIGURATION',
    })
  const retryAfterMs = retryAfter(headers['retry-after'], now)
  if (status === 429)
    throw new DeliveryError(`${target} answered 429: it asks for fewer calls.`, {
      ...common,
      failure: 'retryable',
      code: 'RATE_LIMITED',
      retryAfterMs,
    })
  if (status >= 500 || status === 408 || status === 409 || status === 425)
    throw new DeliveryError(`${target} answered ${status}.`, {
      ...common,
      failure: 'retryable',
      code: 'PROVIDER_ERROR',
      retryAfterMs,
    })
  throw new DeliveryError(`${target} answered ${status}: it refuses the request as it is.`, {
    ...common,
    failure: 'final',
    code: 'PROVIDER_REJECTED',
  })
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3), in milliseconds from now; undefined when it is neither. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** An object as it is, a list as `{items}`, anything else as `{text}`; null when there is nothing. */
function bodyOf({ text, headers, truncated }: HttpAnswer): JsonObject | null {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return { text: `(${encoding}, not unpacked)` }
  if (text === '') return null
  if (truncated) return { text, truncated: true }
  const parsed = /^\s*[[{]/.test(text) && structureProblem(text, JSON_LIMITS) === null ? parse(text) : undefined
  if (Array.isArray(parsed)) return { items: parsed }
  return isObject(parsed) ? (parsed as JsonObject) : { text }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
