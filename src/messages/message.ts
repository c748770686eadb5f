import type { Action } from '../action/action.js'
import type { EventNotice, MovedBy } from '../state/store.js'
import { actionMessage } from './from-action.js'
import { eventMessage } from './from-event.js'
import { groupMessage, isFlush } from './from-group.js'

/** How bad it is, in words that every service has; from `critical` (someone must act now) to `ok` (it is over). */
export type Severity = 'critical' | 'error' | 'warning' | 'info' | 'ok'

/** A name and its value, each one line. */
export interface Fact {
  name: string
  value: string
}

/** An address that a reader may open: http or https, without credentials in it. */
export interface Link {
  title: string
  url: string
}

/** What some members of a group have in common: their one-line summary. */
export interface Item {
  summary: string
  severity: Severity | null
  /** How many members say this. */
  count: number
  /** RFC 3339: when the first and the last of them were received. */
  first_at: string
  last_at: string
}

/** A flushed group. */
export interface MessageGroup {
  /** How many members the batch has. */
  count: number
  /** Up to ten different things that members say: the worst first, and else in order of arrival. */
  items: Item[]
  /** Members that `items` does not speak of. */
  more: number
  first_at: string
  last_at: string
  reason: string
}

/** A change of a tracked event. */
export interface MessageEvent {
  state: string
  /** null: the event was opened. */
  previous: string | null
  /** Whether nobody moved it, but its time in the previous state was up. */
  timed_out: boolean
  /** RFC 3339: when this occurrence was opened. */
  started_at: string
  /** RFC 3339: when it entered `state`; null when that is not known. */
  since: string | null
  /** Milliseconds that it spent in `previous`; null when that is not known. */
  previous_ms: number | null
  /** Milliseconds since `started_at`; null without a `now`. */
  open_ms: number | null
  occurrence: number
  state_machine: string
  fingerprint: string
}

/**
 * What a person reads of an action, for no service in particular: the forms (slack.ts, email.ts …) and templates make
 * their messages of it. All texts are plain, bounded and without control characters; none is escaped for anything.
 */
export interface Message {
  kind: 'action' | 'group' | 'event'
  /** One line, at most 200 characters, never empty. */
  title: string
  /** Paragraphs with a blank line between them, at most 4,400 characters (a letter: 40,000); empty when the title says it all. */
  text: string
  severity: Severity | null
  /** Labels first, then what else the payload says: at most 20. */
  facts: Fact[]
  /** How many facts there are besides. */
  more_facts: number
  /** At most 6. */
  links: Link[]
  /**
   * The sender wrote it for a reader, whole, and named whom to send it to: nothing of ours (facts, where it comes from)
   * is added to it.
   */
  letter: boolean
  /** RFC 3339: when what it tells of began, or was sent. */
  at: string
  source: { namespace: string; tenant: string; action_type: string; action_id: string }
  /** For kind `group`. */
  group?: MessageGroup
  /** For kind `event`. */
  event?: MessageEvent
}

/** A notice with what a store may know besides. */
export type Notice = EventNotice & {
  /** RFC 3339: when the event entered its new state. */
  changed_at?: string
  /** RFC 3339: when it entered the previous one. */
  previous_since?: string
  moved_by?: MovedBy
}

/**
 * The message of an action: of a flushed group when its payload is one, of an event when it notifies of one. Made of
 * what actions usually carry (`subject`, `title`, `message`, `text`, `severity`, labels, links …); whatever else a
 * payload says becomes facts. Pure: the same arguments give the same message.
 * @param now wall time, milliseconds; without it, nothing is said about how long an event has been open
 */
export function messageOf(action: Action, event?: Notice, now?: number): Message {
  if (event !== undefined) return eventMessage(action, event, now)
  return isFlush(action.payload) ? groupMessage(action, action.payload) : actionMessage(action)
}
