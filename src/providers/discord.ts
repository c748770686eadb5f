import { Type, type Static } from 'typebox'
import type { ProviderResponse } from '../action/outcome.js'
import { createRenderer } from '../messages/render.js'
import { addressOf, HttpAddress } from './address.js'
import { responseOf, retryAfter } from './answer.js'
import { httpClient, type HttpAnswer } from './http.js'
import type { ProviderType } from './provider.js'
import { contentOf, jsonOf, post, serviceFailure } from './service.js'

/** Fields of a `[[providers]]` entry of type `discord`. */
export const DiscordConfig = Type.Object({
  webhook_url: HttpAddress(
    'The webhook of a channel, `https://discord.com/api/webhooks/…`; with `?thread_id=` it posts to a thread.',
    { secret: true },
  ),
})
export type DiscordConfig = Static<typeof DiscordConfig>

/** Posts messages to a channel of Discord. */
export const discord: ProviderType<DiscordConfig> = {
  type: 'discord',
  describes: 'Posts a message to the channel that a webhook of Discord was made for.',
  schema: DiscordConfig,
  create(name, { webhook_url }, { clock, render = createRenderer() }) {
    const webhook = addressOf(name, 'webhook_url', webhook_url, 'the path of a webhook of Discord is its secret')
    // Discord answers when the message is stored, not when it was taken.
    const posting = new URL(webhook)
    posting.searchParams.set('wait', 'true')
    const client = httpClient()
    return {
      name,
      type: 'discord',
      async deliver(action, context) {
        const body = JSON.stringify(contentOf(render, 'discord', action, context))
        return discordResponse(await client.send(post(posting, body, context)), webhook.origin, clock.now())
      },
      async check({ signal }) {
        const answer = await client.send({ method: 'GET', url: webhook, headers: {}, signal })
        discordResponse(answer, webhook.origin, clock.now())
      },
      close: () => client.close(),
    }
  },
}

/** @see https://discord.com/developers/docs/topics/rate-limits and /topics/opcodes-and-status-codes#json */
function discordResponse(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  const { status, headers } = answer
  if (status < 400) return responseOf(answer, target, now)
  const body = jsonOf(answer)
  const reason = typeof body?.message === 'string' ? ` (${body.message.slice(0, 200)})` : ''
  if (status === 429) {
    // Seconds with a fraction in the body; the header has them rounded, or nothing at all.
    const seconds = body?.retry_after
    throw serviceFailure(answer, 'retryable', `Discord asks for fewer calls${reason}.`, {
      code: 'RATE_LIMITED',
      retryAfterMs:
        typeof seconds === 'number' && seconds >= 0
          ? Math.ceil(seconds * 1_000)
          : retryAfter(headers['retry-after'], now),
    })
  }
  if (status === 401 || status === 403 || status === 404)
    throw serviceFailure(
      answer,
      'configuration',
      `Discord answered ${status}${reason}: the webhook is gone or its token is wrong; make a new one.`,
    )
  if (status === 400) throw serviceFailure(answer, 'final', `Discord refuses the message${reason}.`)
  return responseOf(answer, target, now)
}
