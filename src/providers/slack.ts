import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import { createRenderer } from '../messages/render.js'
import { addressOf, HttpAddress, invalidSetting } from './address.js'
import { responseOf, retryAfter } from './answer.js'
import { httpClient, type HttpAnswer, type HttpRequest } from './http.js'
import { DeliveryError, type DeliveryContext, type ProviderType } from './provider.js'
import { contentOf, endpoint, jsonOf, payloadText, post, serviceFailure } from './service.js'

/** Fields of a `[[providers]]` entry of type `slack`. */
export const SlackConfig = Type.Object({
  webhook_url: Type.Optional(
    HttpAddress('An incoming webhook, which posts to the one channel it was made for.', { secret: true }),
  ),
  token: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]+$',
      secret: true,
      description: "A bot's token (`xoxb-…`) with the scope `chat:write`; posts to any channel the bot is in.",
    }),
  ),
  default_channel: Type.Optional(
    Type.String({ minLength: 1, description: 'With `token`: where messages go whose payload names no `channel`.' }),
  ),
  base_url: Type.Optional(
    HttpAddress("With `token`: the address of Slack's Web API.", { default: 'https://slack.com/api' }),
  ),
})
export type SlackConfig = Static<typeof SlackConfig>

/** Posts messages to Slack, by an incoming webhook or as a bot. */
export const slack: ProviderType<SlackConfig> = {
  type: 'slack',
  describes: 'Posts a message to a channel of Slack, by an incoming webhook or with the token of a bot.',
  schema: SlackConfig,
  create(name, config, { clock, render = createRenderer() }) {
    const call = config.token === undefined ? webhookCall(name, config) : apiCall(name, config, config.token)
    const client = httpClient()
    return {
      name,
      type: 'slack',
      async deliver(action, context) {
        const message = { ...contentOf(render, 'slack', action, context), ...threadOf(action) }
        const answer = await client.send(call.request(message, action, context))
        return call.response(answer, clock.now())
      },
      async check({ signal }) {
        call.checked(await client.send(call.probe(signal)), clock.now())
      },
      close: () => client.close(),
    }
  },
}

/** One of the two ways to Slack. */
interface Call {
  request(message: object, action: Action, context: DeliveryContext): HttpRequest
  response(answer: HttpAnswer, now: number): ProviderResponse
  /** A request that posts nothing. */
  probe(signal: AbortSignal): HttpRequest
  checked(answer: HttpAnswer, now: number): void
}

const threadOf = (action: Action): { thread_ts?: string } => {
  const thread_ts = payloadText(action, 'thread_ts')
  return thread_ts === undefined ? {} : { thread_ts }
}

function apiCall(
  name: string,
  { default_channel, base_url = 'https://slack.com/api', ...config }: SlackConfig,
  token: string,
): Call {
  if (config.webhook_url !== undefined)
    throw invalidSetting(name, 'token and webhook_url are two ways to Slack; keep one of them')
  const [messages, whoAmI] = ['/chat.postMessage', '/auth.test'].map((path) => endpoint(name, base_url, path)) as [
    URL,
    URL,
  ]
  const headers = { authorization: `Bearer ${token}` }
  const response = (answer: HttpAnswer, now: number): ProviderResponse => apiResponse(answer, messages.origin, now)
  return {
    request(message, action, context) {
      const channel = payloadText(action, 'channel') ?? default_channel
      if (channel === undefined)
        throw new DeliveryError(
          `No channel: the payload has no "channel", and the provider "${name}" no default_channel; give one of them.`,
          { failure: 'final', code: 'PROVIDER_REJECTED' },
        )
      return post(messages, JSON.stringify({ channel, ...message }), context, headers)
    },
    response,
    probe: (signal) => post(whoAmI, '{}', { signal, trace_headers: {} }, headers),
    checked: response,
  }
}

/** Errors of the Web API that are about the app or its token. */
const API_CONFIGURATION = new Set(
  `access_denied accesslimited account_inactive app_missing_action_url ekm_access_denied enterprise_is_restricted invalid_auth
   method_deprecated deprecated_endpoint missing_scope no_permission not_allowed_token_type not_authed
   org_login_required team_access_not_granted team_not_found token_expired token_revoked two_factor_setup_required`.split(
    /\s+/,
  ),
)
/** Those that Slack says come and go, and that leave nothing behind. */
const API_RETRYABLE = new Set(
  'ratelimited rate_limited message_limit_exceeded service_unavailable request_timeout team_added_to_org'.split(' '),
)
/** Of these Slack says: "It's possible some aspect of the operation succeeded before the error was raised." */
const API_AMBIGUOUS = new Set(['internal_error', 'fatal_error'])

const ADVICE: Record<string, string> = {
  not_in_channel: '; invite the bot to the channel',
  channel_not_found: '; the name is wrong, or the channel is private and the bot is not in it',
  missing_scope: '; give the app the scope chat:write and install it anew',
  is_archived: '; the channel is archived',
}

/** @see https://docs.slack.dev/reference/methods/chat.postMessage#errors */
function apiResponse(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  const body = jsonOf(answer)
  const error = typeof body?.error === 'string' ? body.error : undefined
  if (body?.ok === false && error !== undefined) {
    const says = `Slack answered ${error}${Object.hasOwn(ADVICE, error) ? ADVICE[error]! : ''}.`
    if (API_CONFIGURATION.has(error)) throw serviceFailure(answer, 'configuration', says)
    if (API_AMBIGUOUS.has(error)) throw serviceFailure(answer, 'ambiguous', says)
    if (API_RETRYABLE.has(error)) {
      const code = /limit/.test(error) ? 'RATE_LIMITED' : 'PROVIDER_ERROR'
      throw serviceFailure(answer, 'retryable', says, {
        code,
        retryAfterMs: retryAfter(answer.headers['retry-after'], now),
      })
    }
    if (answer.status < 400) throw serviceFailure(answer, 'final', says)
  }
  const response = responseOf(answer, target, now)
  if (body?.ok !== true)
    throw serviceFailure(
      answer,
      'ambiguous',
      `${target} answered ${answer.status}, and not as Slack does: "ok" is missing.`,
    )
  return response
}

function webhookCall(name: string, { webhook_url, default_channel }: SlackConfig): Call {
  if (webhook_url === undefined) throw invalidSetting(name, 'webhook_url or token is missing; give one of them')
  if (default_channel !== undefined)
    throw invalidSetting(name, 'default_channel goes with token; a webhook has the channel it was made for')
  const url = addressOf(name, 'webhook_url', webhook_url, 'the path of a webhook of Slack is its secret')
  const response = (answer: HttpAnswer, now: number): ProviderResponse => {
    if (answer.status === 403 || answer.status === 404 || answer.status === 410)
      throw serviceFailure(
        answer,
        'configuration',
        `Slack answered ${answer.status} (${answer.text.slice(0, 60)}): the webhook or its channel is gone or closed; make a new one.`,
      )
    if (answer.status === 400)
      throw serviceFailure(answer, 'final', `Slack answered 400 (${answer.text.slice(0, 60)}): it refuses the message.`)
    return responseOf(answer, url.origin, now)
  }
  return {
    request: (message, _action, context) => post(url, JSON.stringify(message), context),
    response,
    // Without a text there is nothing to post: a webhook that works answers 400.
    probe: (signal) => post(url, '{}', { signal, trace_headers: {} }),
    checked: (answer, now) => {
      if (answer.status !== 400) response(answer, now)
    },
  }
}
