import { Type, type Static } from 'typebox'
import type { Action } from '../action/action.js'
import type { ProviderResponse } from '../action/outcome.js'
import { sha256 } from '../lib/ids.js'
import { createRenderer } from '../messages/render.js'
import { HttpAddress } from './address.js'
import { responseOf } from './answer.js'
import { httpClient, type HttpAnswer } from './http.js'
import { DeliveryError, type DeliveryContext, type ProviderType } from './provider.js'
import { contentOf, endpoint, jsonOf, payloadText, post, serviceFailure } from './service.js'

const RoutingKey = (description: string) =>
  Type.String({
    pattern: '^[0-9A-Za-z]{32}$',
    errorMessage: 'expected an integration key, 32 letters and digits',
    secret: true,
    description,
  })
const States = (description: string, states: string[]) =>
  Type.Optional(Type.Array(Type.String(), { default: states, description }))

const ACKNOWLEDGED = ['acknowledged', 'acked', 'investigating', 'in_progress']
const RESOLVED = ['resolved', 'closed', 'recovered', 'cleared', 'ok', 'healthy', 'fixed']

/** Fields of a `[[providers]]` entry of type `pagerduty`. */
export const PagerDutyConfig = Type.Object({
  routing_key: Type.Union(
    [
      RoutingKey('The integration key of a service (Events API v2).'),
      Type.Record(Type.String(), RoutingKey('The integration key of that service.')),
    ],
    {
      secret: true,
      description:
        'The integration key (Events API v2), or a table of them by the `service` of payload or labels; `"*"` for others.',
    },
  ),
  acknowledge_states: States('States of an event, or of an action, that acknowledge its incident.', ACKNOWLEDGED),
  resolve_states: States('States that resolve its incident. All others trigger it.', RESOLVED),
  base_url: Type.Optional(
    HttpAddress('The address of the Events API; in the EU `https://events.eu.pagerduty.com`.', {
      default: 'https://events.pagerduty.com',
    }),
  ),
})
export type PagerDutyConfig = Static<typeof PagerDutyConfig>

/** What an event does to the incident of its `dedup_key`. */
export type EventAction = 'trigger' | 'acknowledge' | 'resolve'

/** Triggers, acknowledges and resolves incidents. */
export const pagerduty: ProviderType<PagerDutyConfig> = {
  type: 'pagerduty',
  describes: "Triggers an incident of PagerDuty, and acknowledges and resolves it as the event's state changes.",
  schema: PagerDutyConfig,
  create(name, config, { clock, render = createRenderer() }) {
    const url = endpoint(name, config.base_url ?? 'https://events.pagerduty.com', '/v2/enqueue')
    const client = httpClient()
    return {
      name,
      type: 'pagerduty',
      async deliver(action, context) {
        const body = JSON.stringify({
          routing_key: routingKey(name, config.routing_key, action),
          event_action: eventAction(config, action, context),
          dedup_key: dedupKey(action, context),
          client: 'Acteon',
          ...contentOf(render, 'pagerduty', action, context),
        })
        return pagerdutyResponse(await client.send(post(url, body, context)), url.origin, clock.now())
      },
      async check({ signal }) {
        // The Events API has no call that tries a key; that another method is refused says that it is there.
        const answer = await client.send({ method: 'HEAD', url, headers: {}, signal })
        if (answer.status >= 500) responseOf(answer, url.origin, clock.now())
      },
      close: () => client.close(),
    }
  },
}

const refused = (message: string): DeliveryError =>
  new DeliveryError(message, { failure: 'final', code: 'PROVIDER_REJECTED' })

function routingKey(provider: string, keys: PagerDutyConfig['routing_key'], action: Action): string {
  if (typeof keys === 'string') return keys
  const service = payloadText(action, 'service') ?? action.metadata['service']
  const name = service !== undefined && Object.hasOwn(keys, service) ? service : '*'
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined
  if (key !== undefined) return key
  throw refused(
    service === undefined
      ? `No service: neither payload nor labels have a "service", and routing_key of the provider "${provider}" has no "*".`
      : `routing_key of the provider "${provider}" has no key for the service "${service}", and none for "*".`,
  )
}

/** The event's state first: its later changes carry the payload of the action that opened it. */
function eventAction(
  { acknowledge_states = ACKNOWLEDGED, resolve_states = RESOLVED }: PagerDutyConfig,
  action: Action,
  { event }: DeliveryContext,
): EventAction {
  const given = payloadText(action, 'event_action')
  if (event === undefined && given !== undefined) {
    if (given === 'trigger' || given === 'acknowledge' || given === 'resolve') return given
    throw refused(`The payload's event_action is "${given.slice(0, 60)}"; expected trigger, acknowledge or resolve.`)
  }
  const state = event?.new_state ?? action.status ?? ''
  if (resolve_states.includes(state)) return 'resolve'
  return acknowledge_states.includes(state) ? 'acknowledge' : 'trigger'
}

const MAX_DEDUP_KEY = 255

/** What names the incident; without anything, the id of the action, so that a repeated attempt opens no second one. */
function dedupKey(action: Action, { event, idempotency_key }: DeliveryContext): string {
  const key =
    payloadText(action, 'dedup_key') ?? event?.fingerprint ?? action.fingerprint ?? action.dedup_key ?? idempotency_key
  return key.length <= MAX_DEDUP_KEY ? key : sha256(key)
}

/** @see https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic */
function pagerdutyResponse(answer: HttpAnswer, target: string, now: number): ProviderResponse {
  if (answer.status !== 400) return responseOf(answer, target, now)
  const { errors, message } = jsonOf(answer) ?? {}
  const said = [message, ...(Array.isArray(errors) ? errors : [])].filter((text) => typeof text === 'string')
  const reason = said.join('; ').slice(0, 300)
  if (/routing_key/.test(reason))
    throw serviceFailure(answer, 'configuration', `PagerDuty does not know the routing_key: ${reason}.`)
  throw serviceFailure(
    answer,
    'final',
    `PagerDuty refuses the event: ${reason === '' ? 'it does not say why' : reason}.`,
  )
}
