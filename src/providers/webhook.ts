import { Type, type Static } from 'typebox'
import { actionToWire, type Action } from '../action/action.js'
import { VERSION } from '../lib/version.js'
import { addressOf, HttpAddress, invalidSetting } from './address.js'
import { responseOf } from './answer.js'
import { httpClient, type HttpRequest } from './http.js'
import { addressGuard } from './payload-address.js'
import {
  BAD_HEADER_VALUE,
  HEADER_NAME,
  invalidHeader,
  payloadHost,
  payloadRequest,
  type PayloadRequest,
} from './payload-request.js'
import { type DeliveryContext, type ProviderType } from './provider.js'
import { signatureHeaders, signingKey } from './signature.js'

const secretText = (description: string) => Type.String({ minLength: 1, secret: true, description })

/** Fields of a `[[providers]]` entry of type `webhook`. */
export const WebhookConfig = Type.Object({
  url: HttpAddress('Where actions are sent.'),
  method: Type.Optional(Type.Enum(['POST', 'PUT', 'PATCH'], { default: 'POST', description: 'The HTTP method.' })),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      secret: true,
      description:
        'Headers that go with each request. They win over those made here, but for the signature and the ids.',
    }),
  ),
  body: Type.Optional(
    Type.Enum(['action', 'payload'], {
      default: 'action',
      description: '`action`: the action as JSON, not wrapped; `payload`: only its payload.',
    }),
  ),
  secret: Type.Optional(
    Type.Union([secretText('One secret.'), Type.Array(secretText('A secret.'), { minItems: 1, maxItems: 4 })], {
      secret: true,
      description:
        'Signs each request as Standard Webhooks says: `whsec_` and 24 to 64 bytes in base64; a list while rotating.',
    }),
  ),
  auth: Type.Optional(
    Type.Object(
      {
        type: Type.Enum(['bearer', 'basic', 'header'], { description: 'How the receiver is told who we are.' }),
        token: Type.Optional(secretText('For `bearer`.')),
        username: Type.Optional(Type.String({ description: 'For `basic`.' })),
        password: Type.Optional(secretText('For `basic`.')),
        name: Type.Optional(Type.String({ minLength: 1, description: 'For `header`: its name.' })),
        value: Type.Optional(secretText('For `header`: its value.')),
      },
      { additionalProperties: false, description: 'Credentials that go with each request.' },
    ),
  ),
  allow_payload_url: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'A payload with a `url` is sent there, with its `method`, `headers` and `body`; only to the public internet, and without the headers, credentials and signature that are configured for `url`.',
    }),
  ),
  payload_url_ports: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: 65535 }), {
      minItems: 1,
      default: [443],
      description: 'Ports that addresses of payloads may have.',
    }),
  ),
  payload_url_http: Type.Optional(
    Type.Boolean({ default: false, description: 'Addresses of payloads may be `http://` too; list port 80 as well.' }),
  ),
  payload_url_allow: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      default: [],
      description:
        'Names, and ranges such as `10.0.0.0/8`, that addresses of payloads may lead to though they are not public.',
    }),
  ),
})
export type WebhookConfig = Static<typeof WebhookConfig>

/** Sends actions to an address of yours, signed when it has a secret. */
export const webhook: ProviderType<WebhookConfig> = {
  type: 'webhook',
  describes: 'Sends the action as JSON to an HTTP address, signed as Standard Webhooks says when it has a secret.',
  schema: WebhookConfig,
  create(name, config, { clock, resolve }) {
    const url = addressOf(name, 'url', config.url, 'use auth = { type = "basic", … }')
    const fixed = fixedHeaders(name, config)
    const keys = keysOf(name, config.secret)
    const client = httpClient()
    const target = url.origin
    const guard = addressGuard(
      name,
      {
        ports: config.payload_url_ports ?? [443],
        http: config.payload_url_http ?? false,
        allow: config.payload_url_allow ?? [],
      },
      resolve,
    )

    const requestOf = (action: Action, context: DeliveryContext): HttpRequest => {
      const body = bodyOf(config.body ?? 'action', action, context)
      const id = headerText(context.idempotency_key)
      return {
        method: config.method ?? 'POST',
        url,
        body,
        signal: context.signal,
        headers: {
          ...COMMON_HEADERS,
          ...context.trace_headers,
          ...fixed,
          'idempotency-key': id,
          'webhook-id': id,
          ...(keys.length > 0 && signatureHeaders(keys, id, body, clock.now())),
        },
      }
    }

    return {
      name,
      type: 'webhook',
      ...(config.allow_payload_url === true && { hostOf: payloadHost }),
      async deliver(action, context) {
        const asked = config.allow_payload_url === true ? payloadRequest(action) : undefined
        if (asked !== undefined) {
          const request = toPayloadAddress(guard.parse(asked.url), asked, config, action, context)
          refuseBadHeaders(request.headers)
          // Connections of its own, made anew: each attempt is checked, and hosts that are not called leave nothing behind.
          const own = httpClient({ lookup: guard.lookup })
          try {
            return responseOf(await own.send(request), request.url.origin, clock.now())
          } finally {
            await own.close()
          }
        }
        const request = requestOf(action, context)
        refuseBadHeaders(request.headers)
        return responseOf(await client.send(request), target, clock.now())
      },
      async check({ signal }) {
        const { status } = await client.send({ method: 'HEAD', url, headers: fixed, signal })
        if (status === 401 || status === 403 || status >= 500)
          responseOf({ status, headers: {}, text: '', truncated: false }, target, clock.now())
      },
      close: () => client.close(),
    }
  },
}

const COMMON_HEADERS = {
  'content-type': 'application/json',
  'user-agent': `acteon/${VERSION}`,
  accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
  'accept-encoding': 'identity',
}

/**
 * What goes to an address that a payload names. Headers, credentials and signature of the configuration are for the
 * configured receiver: sent elsewhere they would hand whoever dispatches what is needed to speak in our name.
 */
function toPayloadAddress(
  url: URL,
  asked: PayloadRequest,
  config: WebhookConfig,
  action: Action,
  context: DeliveryContext,
): HttpRequest {
  const method = asked.method ?? config.method ?? 'POST'
  const id = headerText(context.idempotency_key)
  return {
    method,
    url,
    signal: context.signal,
    ...(method !== 'GET' && { body: asked.body ?? bodyOf(config.body ?? 'action', action, context) }),
    headers: {
      ...COMMON_HEADERS,
      ...asked.headers,
      ...context.trace_headers,
      'idempotency-key': id,
      'webhook-id': id,
    },
  }
}

/** The same bytes at each attempt: nothing in it depends on the attempt or the time. */
function bodyOf(form: 'action' | 'payload', action: Action, { event }: DeliveryContext): string {
  if (form === 'payload') return JSON.stringify(action.payload)
  // Trace context goes as headers; a repeated dispatch may bring another one.
  const { trace_context: _trace, ...sent } = action
  return JSON.stringify({ ...actionToWire(sent), ...(event !== undefined && { event }) })
}

// Ids may hold any letter, and header values may not: such an id is sent percent-encoded (and so is one with a "%",
// or two ids could meet).
const headerText = (text: string): string => (/^[\x21-\x24\x26-\x7e]+$/.test(text) ? text : encodeURIComponent(text))

function refuseBadHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers))
    if (BAD_HEADER_VALUE.test(value)) throw invalidHeader(name, 'would hold a character that HTTP does not allow there')
}

/** Headers of the configuration, names in lower case. */
function fixedHeaders(provider: string, { headers = {}, auth }: WebhookConfig): Record<string, string> {
  const given = Object.entries({ ...headers, ...authHeaders(provider, auth) })
  for (const [name, value] of given) {
    if (!HEADER_NAME.test(name)) throw invalidSetting(provider, `headers: "${name}" is no name for a header`)
    if (BAD_HEADER_VALUE.test(value))
      throw invalidSetting(
        provider,
        `headers: the value of "${name}" has a line break or another character that HTTP refuses`,
      )
  }
  return Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]))
}

function authHeaders(provider: string, auth: WebhookConfig['auth']): Record<string, string> {
  if (auth === undefined) return {}
  const need = (field: keyof typeof auth): string => {
    const value = auth[field]
    if (value === undefined)
      throw invalidSetting(provider, `auth: "${field}" is missing, which type = "${auth.type}" needs`)
    return value
  }
  switch (auth.type) {
    case 'bearer':
      return { authorization: `Bearer ${need('token')}` }
    case 'basic':
      return {
        authorization: `Basic ${Buffer.from(`${need('username')}:${need('password')}`).toString('base64')}`,
      }
    case 'header':
      return { [need('name')]: need('value') }
  }
}

function keysOf(provider: string, secret: WebhookConfig['secret']): Buffer[] {
  return (typeof secret === 'string' ? [secret] : (secret ?? [])).map((text) => {
    const key = signingKey(text)
    if ('problem' in key) throw invalidSetting(provider, `secret: ${key.problem}`)
    return key
  })
}
