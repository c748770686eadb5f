import { Type, type Static } from 'typebox'
import type { ProviderResponse } from '../action/outcome.js'
import { createRenderer } from '../messages/render.js'
import { bytesAsJsonString } from '../lib/json.js'
import { addressOf, HttpAddress } from './address.js'
import { responseOf, retryAfter } from './answer.js'
import { httpClient, type HttpAnswer } from './http.js'
import { DeliveryError, type ProviderType } from './provider.js'
import { contentOf, jsonOf, post, serviceFailure } from './service.js'

/** Fields of a `[[providers]]` entry of type `teams`. */
export const TeamsConfig = Type.Object({
  webhook_url: HttpAddress(
    'The address of a workflow of Teams that begins with "When a Teams webhook request is received".',
    { secret: true },
  ),
})
export type TeamsConfig = Static<typeof TeamsConfig>

/** Teams takes no message above this, bytes. */
const MAX_BYTES = 28 * 1_024

/** Posts cards to a channel or chat of Microsoft Teams. */
export const teams: ProviderType<TeamsConfig> = {
  type: 'teams',
  describes: 'Posts an Adaptive Card to the channel or chat of a workflow of Microsoft Teams.',
  schema: TeamsConfig,
  create(name, { webhook_url }, { clock, render = createRenderer() }) {
    const url = addressOf(name, 'webhook_url', webhook_url, 'the signature in its query is the secret')
    const client = httpClient()
    return {
      name,
      type: 'teams',
      async deliver(action, context) {
        const body = JSON.stringify(contentOf(render, 'teams', action, context))
        const bytes = bytesAsJsonString(body)
        if (bytes > MAX_BYTES)
          throw new DeliveryError(
            `The message has ${bytes} bytes as Teams counts them, and it takes ${MAX_BYTES}; make the card smaller.`,
            {
              failure: 'final',
              code: 'PROVIDER_REJECTED',
            },
          )
        return teamsResponse(await client.send(post(url, body, context)), url.origin, clock.now())
      },
      async check({ signal }) {
        // A workflow runs on a POST only; that another method is refused says that someone is there.
        const answer = await client.send({ method: 'HEAD', url, headers: {}, signal })
        if (answer.status === 401 || answer.status === 403 || answer.status >= 500)
          teamsResponse(answer, url.origin, clock.now())
      },
      close: () => client.close(),
    }
  },
}

/** Codes of the workflow service for a workflow that cannot run, whatever is sent to it. */
const CLOSED =
  /^(WorkflowTriggerIsNotEnabled|WorkflowNotFound|WorkflowDisabled|TriggerNotFound|DirectApi\w*|InvalidSas\w*)$/

/** @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
function teamsResponse(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  const { headers, text } = answer
  // The older connectors answer 200 when it was Teams that refused, and say so in words.
  const within = /^Webhook message delivery failed with error:.*?HTTP error (\d{3})/s.exec(text)
  const status = answer.status === 200 && within !== null ? Number(within[1]) : answer.status
  const error = jsonOf(answer)?.error as { code?: unknown; message?: unknown } | null | undefined
  const code = typeof error?.code === 'string' ? error.code : ''
  const reason = typeof error?.message === 'string' ? ` (${error.message.slice(0, 200)})` : ''
  if (status === 401 || status === 403 || status === 404 || status === 410 || CLOSED.test(code))
    throw serviceFailure(
      answer,
      'configuration',
      `Teams answered ${status}${reason}: the workflow is gone or turned off, or its address is not the whole one; copy it anew.`,
    )
  if (status === 400 || status === 413)
    throw serviceFailure(answer, 'final', `Teams answered ${status}${reason}: it refuses the message.`)
  if (status === 429 && answer.status === 200)
    throw serviceFailure(answer, 'retryable', 'Teams asks for fewer calls (within an answer 200).', {
      code: 'RATE_LIMITED',
      retryAfterMs: retryAfter(headers['retry-after'], now),
    })
  if (within !== null)
    throw serviceFailure(answer, status >= 500 ? 'retryable' : 'final', `Teams failed with ${status}.`)
  return responseOf(answer, target, now)
}
