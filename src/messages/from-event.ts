import type { Action } from '../action/action.js'
import { formatDuration } from '../lib/durations.js'
import { carriedBy, MAX_TEXT, MAX_TITLE } from './carried.js'
import { messageFrom } from './from-action.js'
import type { Message, MessageEvent, Notice } from './message.js'
import { clip, oneLine, paragraphs, sentence, severityOf, words } from './words.js'

/** The message of a change of an event: its state first, because that is what changed. */
export function eventMessage(action: Action, notice: Notice, now?: number): Message {
  const carried = carriedBy(action)
  const event = eventOf(notice, now)
  // What is over is not critical any more, whatever the action that tells of it says.
  const over = severityOf(event.state) === 'ok'
  const message = messageFrom(action, { ...carried, letter: false })
  return {
    ...message,
    kind: 'event',
    title: clip(`${sentence(words(event.state))}: ${message.title}`, MAX_TITLE),
    // What changed comes first: the action's own words tell how it began.
    text: paragraphs([changeText(event), message.text].filter((part) => part !== '').join('\n\n'), MAX_TEXT + 400),
    severity: over ? 'ok' : message.severity,
    at: event.since ?? message.at,
    event,
  }
}

function eventOf(notice: Notice, now: number | undefined): MessageEvent {
  const since = instantOf(notice.changed_at)
  const before = instantOf(notice.previous_since)
  const started = instantOf(notice.started_at)
  // The instant of the change, not of the sending: it is the same at each attempt.
  const at = since ?? now ?? null
  return {
    state: oneLine(notice.new_state, 100),
    previous: notice.previous_state === null ? null : oneLine(notice.previous_state, 100),
    timed_out: notice.moved_by !== undefined && 'timeout' in notice.moved_by,
    started_at: notice.started_at,
    since: since === null ? null : new Date(since).toISOString(),
    previous_ms: before === null || since === null ? null : Math.max(0, since - before),
    open_ms: at === null || started === null ? null : Math.max(0, at - started),
    occurrence: notice.occurrence,
    state_machine: oneLine(notice.state_machine, 100),
    fingerprint: oneLine(notice.fingerprint, 256),
  }
}

const instantOf = (text: string | undefined): number | null => {
  const ms = text === undefined ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

/** What happened to the event, in one or two sentences. */
function changeText({ state, previous, timed_out, previous_ms, open_ms, occurrence }: MessageEvent): string {
  const times = occurrence > 1 ? `It happens for the ${ordinal(occurrence)} time.` : ''
  if (previous === null) return times
  const stay = previous_ms === null ? '' : ` for ${formatDuration(previous_ms)}`
  // Said once when it was in one state ever since.
  const open = open_ms === null || open_ms === previous_ms ? '' : `, ${formatDuration(open_ms)} after it began`
  const change = timed_out
    ? `Nobody acted on it in time: it was ${words(previous)}${stay} and is ${words(state)} now.`
    : `It was ${words(previous)}${stay} and is ${words(state)} now${open}.`
  return times === '' ? change : `${change} ${times}`
}

function ordinal(n: number): string {
  const tens = n % 100
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${ending}`
}
