import type { Action } from '../action/action.js'
import { ActeonError } from '../lib/errors.js'
import { isObject, type JsonObject } from '../lib/json.js'
import { VERSION } from '../lib/version.js'
import type { Forms, MessageType, Render } from '../messages/render.js'
import { addressOf } from './address.js'
import type { HttpAnswer, HttpRequest } from './http.js'
import { DeliveryError, type DeliveryContext, type FailureKind } from './provider.js'

// What the providers that call a service's HTTP interface have in common.

/**
 * The message of an action in a service's form.
 * @throws DeliveryError `final` when the action names a template that is not there or fails
 */
export function contentOf<T extends MessageType>(
  render: Render,
  type: T,
  action: Action,
  { event, dispatched_at }: Pick<DeliveryContext, 'event' | 'dispatched_at'>,
): Forms[T] {
  try {
    return (render(type, action, { event, now: dispatched_at }) as { content: Forms[T] }).content
  } catch (error) {
    if (!(error instanceof ActeonError)) throw error
    throw new DeliveryError(error.message, { failure: 'final', code: error.code, cause: error })
  }
}

/** A text of the payload; undefined when there is none. */
export function payloadText({ payload }: Action, name: string): string | undefined {
  const value = isObject(payload) && Object.hasOwn(payload, name) ? payload[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The address of a path of a service, below whatever path its configured address has. */
export function endpoint(provider: string, base: string, path: string): URL {
  const url = addressOf(provider, 'base_url', base, 'give them in the settings that are made for them')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url
}

/** A POST that carries a body to a service. */
export const post = (
  url: URL,
  body: string,
  { signal, trace_headers }: Pick<DeliveryContext, 'signal' | 'trace_headers'>,
  headers: Record<string, string> = {},
): HttpRequest => ({
  method: 'POST',
  url,
  body,
  signal,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': `acteon/${VERSION}`,
    accept: 'application/json, */*;q=0.1',
    'accept-encoding': 'identity',
    ...trace_headers,
    ...headers,
  },
})

/** The answer's body when it is a whole JSON object. */
export function jsonOf({ text, truncated }: HttpAnswer): JsonObject | undefined {
  if (truncated) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

const CODES: Record<FailureKind, string> = {
  retryable: 'PROVIDER_ERROR',
  final: 'PROVIDER_REJECTED',
  ambiguous: 'PROVIDER_ERROR',
  configuration: 'PROVIDER_CONFIGURATION',
}

/** The failure that a service's own words mean, where its status alone does not say it. */
export const serviceFailure = (
  { status, text }: HttpAnswer,
  failure: FailureKind,
  message: string,
  { code = CODES[failure], retryAfterMs }: { code?: string; retryAfterMs?: number | undefined } = {},
): DeliveryError => new DeliveryError(message, { failure, code, status, excerpt: text.slice(0, 2_048), retryAfterMs })
