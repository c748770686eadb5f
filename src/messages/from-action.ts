import type { Action, Labels } from '../action/action.js'
import { carriedBy, MAX_TITLE, type Carried } from './carried.js'
import type { Message } from './message.js'
import { clip, oneLine, sentence, severityOf, words } from './words.js'

/** The message of an action that is neither a flush nor a notification. */
export const actionMessage = (action: Action): Message => messageFrom(action, carriedBy(action))

/** A message of what an action carries; without a title of its own it is named by its type and its labels. */
export function messageFrom(action: Action, carried: Carried): Message {
  const { title, ...rest } = carried
  return {
    kind: 'action',
    title: title ?? clip(`${sentence(words(action.action_type))}${qualifiers(action.metadata)}`, MAX_TITLE),
    ...rest,
    at: new Date(Date.parse(action.starts_at ?? action.created_at)).toISOString(),
    source: {
      namespace: oneLine(action.namespace, 256),
      tenant: oneLine(action.tenant, 256),
      action_type: oneLine(action.action_type, 256),
      action_id: oneLine(action.id, 256),
    },
  }
}

/** ` (cluster prod, service api)`: what tells this one from others of its type; nothing when there are no labels. */
export function qualifiers(labels: Labels): string {
  const parts = Object.entries(labels)
    .filter(([name, value]) => value !== '' && severityOf(value) === null && value.length <= 60 && name !== 'alertname')
    .slice(0, 3)
    .map(([name, value]) => `${words(name)} ${oneLine(value, 60)}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
