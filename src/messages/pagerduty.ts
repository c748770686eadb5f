import type { JsonObject } from '../lib/json.js'
import type { Message } from './message.js'
import { itemParts } from './parts.js'
import { clip } from './words.js'

/** The part of an event of PagerDuty's Events API v2 that tells what happened; `links` stands beside `payload` there. */
export interface PagerDutyMessage {
  payload: {
    summary: string
    source: string
    severity: 'critical' | 'error' | 'warning' | 'info'
    timestamp: string
    component?: string
    group?: string
    class?: string
    custom_details: JsonObject
  }
  links: { href: string; text: string }[]
}

export const PAGERDUTY_LIMITS = { summary: 1_024, text: 255 } as const

/** Labels that name the machine or program, the part of it, and what it belongs to. */
const SOURCES = ['source', 'instance', 'host', 'hostname', 'node', 'pod', 'service', 'cluster']
const COMPONENTS = ['component', 'service', 'app', 'application', 'job']
const GROUPS = ['group', 'cluster', 'environment', 'env', 'region']

/**
 * The incident of a message. What gives no severity is an error: it was sent to wake someone. What is over is info.
 */
export function pagerdutyMessage(message: Message): PagerDutyMessage {
  const { title, text, severity, facts, links, source, group, event } = message
  const of = (names: string[]): string | undefined => {
    const name = names.find((one) => facts.some((fact) => fact.name === one))
    return name === undefined ? undefined : clip(facts.find((fact) => fact.name === name)!.value, PAGERDUTY_LIMITS.text)
  }
  const component = of(COMPONENTS)
  const belongsTo = of(GROUPS)
  const details: JsonObject = {}
  if (text !== '') details.text = text
  Object.assign(details, Object.fromEntries(facts.map(({ name, value }) => [name, value])))
  if (group !== undefined) {
    details.count = group.count
    details.members = itemParts(message).map(
      ({ time, summary, count }) => `${time} ${summary}${count > 1 ? ` (${count} times)` : ''}`,
    )
    if (group.more > 0) details.more = group.more
  }
  if (event !== undefined) {
    details.state = event.state
    if (event.previous !== null) details.previous_state = event.previous
    details.occurrence = event.occurrence
  }
  details.action_id = source.action_id
  return {
    payload: {
      summary: clip(title, PAGERDUTY_LIMITS.summary),
      source: of(SOURCES) ?? clip(`${source.namespace}/${source.tenant}`, PAGERDUTY_LIMITS.text),
      severity: severity === null ? 'error' : severity === 'ok' ? 'info' : severity,
      timestamp: message.at,
      ...(component !== undefined && { component }),
      ...(belongsTo !== undefined && { group: belongsTo }),
      class: clip(source.action_type, PAGERDUTY_LIMITS.text),
      custom_details: details,
    },
    links: links.map(({ title, url }) => ({ href: url, text: title })),
  }
}
