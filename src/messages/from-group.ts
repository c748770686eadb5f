import type { Action, Labels } from '../action/action.js'
import { formatDuration } from '../lib/durations.js'
import { isObject, type Json, type JsonObject } from '../lib/json.js'
import { carriedBy, MAX_FACTS, MAX_TITLE, type Carried } from './carried.js'
import { messageFrom, qualifiers } from './from-action.js'
import type { Item, Link, Message, MessageGroup, Severity } from './message.js'
import { clip, clockText, counted, dayText, oneLine, sentence, SEVERITIES, words, worst } from './words.js'

const MAX_ITEMS = 10
const MAX_SUMMARY = 160
/** Members that are read; a batch has at most this many unless its rule says otherwise. */
const MAX_READ = 1_000

/** The payload of a flushed group (spec section 5), as far as a message is made of it. */
interface Flush extends JsonObject {
  group_id: string
  group_key: string
  event_count: number
  events: Json[]
}

/** Whether a payload is that of a flushed group. */
export const isFlush = (payload: Json): payload is Flush =>
  isObject(payload) &&
  typeof payload.group_id === 'string' &&
  typeof payload.group_key === 'string' &&
  Number.isSafeInteger(payload.event_count) &&
  Array.isArray(payload.events)

/** A member, read. */
interface Member {
  at: string
  carried: Carried
  labels: Labels
}

/** One message for a whole batch: how many of what, where, since when, and what they say. */
export function groupMessage(action: Action, flush: Flush): Message {
  const members = flush.events.slice(0, MAX_READ).map((event) => memberOf(event, action.created_at))
  const group = groupOf(flush, members, action)
  const shared = carriedBy({ payload: {}, metadata: action.metadata })
  const titles = new Set(members.map(({ carried }) => carried.title))
  const common = titles.size === 1 ? [...titles][0]! : null
  const labels = { ...labelsOf(flush.labels), ...action.metadata }
  const what = common === null ? counted(group.count, action.action_type) : `${group.count} × ${common}`
  const reminder = group.reason === 'repeat' ? 'Reminder: ' : ''
  const title = common === null ? `${reminder}${what}${qualifiers(labels)}` : `${reminder}${what}`
  const grouped = carriedBy({ payload: {}, metadata: labels })
  const message = messageFrom(action, {
    ...shared,
    title: clip(
      group.count === 0 ? `${reminder}${sentence(words(action.action_type))}${qualifiers(labels)}` : title,
      MAX_TITLE,
    ),
    text: spanText(group),
    severity: worst([shared.severity, grouped.severity, ...members.map(({ carried }) => carried.severity)]),
    facts: grouped.facts.slice(0, MAX_FACTS),
    more_facts: grouped.more_facts,
    links: sharedLinks(members, shared.links),
    letter: false,
  })
  return { ...message, kind: 'group', at: group.last_at, group }
}

function memberOf(event: Json, fallback: string): Member {
  const fields = isObject(event) ? (event as JsonObject) : {}
  const labels = labelsOf(fields.metadata)
  const at =
    typeof fields.received_at === 'string' && !Number.isNaN(Date.parse(fields.received_at))
      ? fields.received_at
      : fallback
  const status = typeof fields.status === 'string' ? { status: fields.status } : {}
  return { at, labels, carried: carriedBy({ payload: fields.payload ?? {}, metadata: labels, ...status }) }
}

/** Labels of a member: flat, or under `labels`. */
function labelsOf(value: Json | undefined): Labels {
  if (!isObject(value)) return {}
  const flat = isObject(value.labels) ? value.labels : value
  return Object.fromEntries(
    Object.entries(flat)
      .filter(([, label]) => ['string', 'number', 'boolean'].includes(typeof label))
      .map(([name, label]) => [name, String(label)]),
  )
}

/** Members that say the same are one item: forty times "Response times elevated" is one line, not forty. */
function groupOf(flush: Flush, members: Member[], action: Action): MessageGroup {
  const items = new Map<string, Item>()
  for (const { at, carried, labels } of members) {
    const summary = summaryOf(carried, labels, action.metadata)
    const item = items.get(summary)
    if (item === undefined)
      items.set(summary, { summary, severity: carried.severity, count: 1, first_at: at, last_at: at })
    else {
      item.count++
      item.last_at = at
      item.severity = worst([item.severity, carried.severity])
    }
  }
  // Not the first ten but the worst: one that is critical must not be among those that are left out.
  const shown = [...items.values()].sort((a, b) => rank(a.severity) - rank(b.severity)).slice(0, MAX_ITEMS)
  const count = Math.max(flush.event_count, flush.events.length)
  const time = (value: Json | undefined, or: string): string =>
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : or
  return {
    count,
    items: shown,
    more: count - shown.reduce((sum, item) => sum + item.count, 0),
    first_at: time(flush.first_at, members[0]?.at ?? action.created_at),
    last_at: time(flush.last_at, members.at(-1)?.at ?? action.created_at),
    reason: typeof flush.reason === 'string' ? oneLine(flush.reason, 40) : 'wait',
  }
}

const rank = (severity: Severity | null): number =>
  severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity)

/** What a member says in a line: its title and text, else whatever tells it from the others. */
function summaryOf({ title, text, facts }: Carried, labels: Labels, shared: Labels): string {
  if (title !== null) return oneLine(text === '' ? title : `${title}: ${text}`, MAX_SUMMARY)
  if (text !== '') return oneLine(text, MAX_SUMMARY)
  const own = facts.filter(({ name }) => !(Object.hasOwn(shared, name) && shared[name] === labels[name]))
  return own.length === 0
    ? 'nothing but its labels'
    : oneLine(
        own
          .slice(0, 6)
          .map(({ name, value }) => `${words(name)} ${value}`)
          .join(', '),
        MAX_SUMMARY,
      )
}

function spanText({ count, first_at, last_at }: MessageGroup): string {
  const [first, last] = [Date.parse(first_at), Date.parse(last_at)]
  if (count === 0) return ''
  if (last - first < 1_000) return `${count === 1 ? 'It' : 'All'} came at ${clockText(first)} UTC on ${dayText(first)}.`
  const sameDay = dayText(first) === dayText(last)
  const begin = sameDay ? clockText(first) : `${clockText(first)} UTC on ${dayText(first)}`
  return `Between ${begin} and ${clockText(last)} UTC on ${dayText(last)} (${formatDuration(last - first)}).`
}

/** The links that every member has, and those of the shared labels. */
function sharedLinks(members: Member[], links: Link[]): Link[] {
  const [first, ...rest] = members
  const common = (first?.carried.links ?? []).filter(({ url }) =>
    rest.every(({ carried }) => carried.links.some((other) => other.url === url)),
  )
  return [...links, ...common.filter(({ url }) => !links.some((link) => link.url === url))].slice(0, 6)
}
