import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import { isObject } from '../lib/json.js'
import { createRenderer } from '../messages/render.js'
import { HttpAddress, invalidSetting } from './address.js'
import { responseOf, retryAfter } from './answer.js'
import { httpClient, type HttpAnswer } from './http.js'
import { DeliveryError, type FailureKind, type ProviderType } from './provider.js'
import { contentOf, endpoint, jsonOf, payloadText, post, serviceFailure } from './service.js'

const PHONE = /^(whatsapp:)?\+[1-9]\d{4,14}$/

/** Fields of a `[[providers]]` entry of type `twilio`. */
export const TwilioConfig = Type.Object({
  account_sid: Type.String({
    pattern: '^AC[0-9a-fA-F]{32}$',
    errorMessage: 'expected "AC" and 32 hexadecimal digits',
    description: 'The account that sends.',
  }),
  auth_token: Type.String({ minLength: 1, secret: true, description: "The account's token." }),
  from_number: Type.Optional(
    Type.String({ minLength: 1, description: 'The number that messages come from, such as `+15017122661`.' }),
  ),
  messaging_service_sid: Type.Optional(
    Type.String({
      pattern: '^MG[0-9a-fA-F]{32}$',
      errorMessage: 'expected "MG" and 32 hexadecimal digits',
      description: 'The messaging service that chooses the number, instead of `from_number`.',
    }),
  ),
  to: Type.Optional(
    Type.String({
      pattern: PHONE.source,
      errorMessage: 'expected a number such as +15558675310',
      description: 'Who gets messages whose payload has no `to`.',
    }),
  ),
  base_url: Type.Optional(HttpAddress("The address of Twilio's REST API.", { default: 'https://api.twilio.com' })),
})
export type TwilioConfig = Static<typeof TwilioConfig>

/** Sends text messages. */
export const twilio: ProviderType<TwilioConfig> = {
  type: 'twilio',
  describes: 'Sends a text message (SMS, MMS or WhatsApp) to a phone by Twilio.',
  schema: TwilioConfig,
  create(name, config, { clock, render = createRenderer() }) {
    const { account_sid, auth_token, base_url = 'https://api.twilio.com' } = config
    const from = senderOf(name, config)
    const account = `/2010-04-01/Accounts/${account_sid}`
    const [messages, self] = [
      endpoint(name, base_url, `${account}/Messages.json`),
      endpoint(name, base_url, `${account}.json`),
    ]
    const headers = { authorization: `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}` }
    const client = httpClient()
    return {
      name,
      type: 'twilio',
      async deliver(action, context) {
        const form = new URLSearchParams({ To: recipientOf(name, config.to, action), ...from })
        form.set('Body', contentOf(render, 'twilio', action, context).body)
        for (const address of mediaOf(action)) form.append('MediaUrl', address)
        const request = post(messages, form.toString(), context, {
          ...headers,
          'content-type': 'application/x-www-form-urlencoded',
        })
        return twilioResponse(await client.send(request), messages.origin, clock.now())
      },
      async check({ signal }) {
        const answer = await client.send({ method: 'GET', url: self, headers, signal })
        const { body } = twilioResponse(answer, self.origin, clock.now())
        if (body?.status !== undefined && body.status !== 'active')
          throw serviceFailure(answer, 'configuration', `Twilio says that the account is ${String(body.status)}.`)
      },
      close: () => client.close(),
    }
  },
}

function senderOf(name: string, { from_number, messaging_service_sid }: TwilioConfig): Record<string, string> {
  if ((from_number === undefined) === (messaging_service_sid === undefined))
    throw invalidSetting(name, 'from_number or messaging_service_sid must be given, and not both')
  return from_number === undefined ? { MessagingServiceSid: messaging_service_sid! } : { From: from_number }
}

const refused = (message: string): DeliveryError =>
  new DeliveryError(message, { failure: 'final', code: 'PROVIDER_REJECTED' })

/** One: a call of Twilio sends one message, and of several some could fail. */
function recipientOf(provider: string, fallback: string | undefined, action: Action): string {
  const { payload } = action
  const given = isObject(payload) && Object.hasOwn(payload, 'to') ? payload.to : undefined
  if (given === undefined || given === null || given === '') {
    if (fallback !== undefined) return fallback
    throw refused(`No recipient: the payload has no "to", and neither has the provider "${provider}".`)
  }
  if (typeof given === 'string' && PHONE.test(given)) return given
  throw refused('The payload\'s "to" is not one number such as +15558675310; for several, send an action to each.')
}

/** Twilio fetches them itself. */
function mediaOf(action: Action): string[] {
  const { payload } = action
  const given =
    isObject(payload) && Array.isArray(payload.media_url) ? payload.media_url : payloadText(action, 'media_url')
  const list: unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given]
  if (list.length <= 10 && list.every((one): one is string => typeof one === 'string' && /^https?:\/\//i.test(one)))
    return list
  throw refused('The payload\'s "media_url" is neither an address (https://…) nor a list of at most ten.')
}

/** Twilio's own codes, where they say more than the status (400, mostly): all others are the message's fault. */
const CONFIGURATION = new Set([
  10001, 20003, 20005, 20006, 20008, 20404, 21212, 21603, 21606, 21659, 21660, 21701, 21702, 21703, 21704, 21705, 30002,
])
const RETRYABLE = new Set([14107, 20429, 20500, 20503, 21611, 30001, 30022, 63017, 63018])
const LIMITS = new Set([14107, 20429, 21611, 30001, 30022, 63017, 63018])

/** @see https://www.twilio.com/docs/api/errors */
function twilioResponse(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  const { status, headers } = answer
  const body = jsonOf(answer)
  if (status >= 200 && status < 300) {
    const { status: state, error_code, error_message } = body ?? {}
    if (state === 'failed' || state === 'undelivered')
      throw failureOf(answer, Number(error_code), error_message, undefined)
    return responseOf(answer, target, now)
  }
  if (typeof body?.code !== 'number' || (status >= 500 && !RETRYABLE.has(body.code)))
    return responseOf(answer, target, now)
  if (status < 400) return responseOf(answer, target, now)
  throw failureOf(answer, status === 429 ? 20429 : body.code, body.message, retryAfter(headers['retry-after'], now))
}

function failureOf(answer: HttpAnswer, code: number, said: unknown, retryAfterMs: number | undefined): DeliveryError {
  const unauthorized = answer.status === 401 || answer.status === 403
  const failure: FailureKind = RETRYABLE.has(code)
    ? 'retryable'
    : unauthorized || CONFIGURATION.has(code)
      ? 'configuration'
      : 'final'
  const why = typeof said === 'string' ? `: ${said.slice(0, 300)}` : ''
  return serviceFailure(answer, failure, `Twilio answered ${answer.status} with error ${code}${why}`, {
    ...(LIMITS.has(code) && { code: 'RATE_LIMITED' }),
    retryAfterMs,
  })
}
