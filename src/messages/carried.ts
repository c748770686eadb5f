import type { Action, Labels } from '../action/action.js'
import { isObject, type Json, type JsonObject } from '../lib/json.js'
import { linksOf } from './links.js'
import type { Fact, Link, Severity } from './message.js'
import { oneLine, paragraphs, severityOf, severityWord } from './words.js'

export const MAX_TITLE = 200
export const MAX_TEXT = 4_000
/** A letter is all that its reader gets. */
const MAX_LETTER = 40_000
export const MAX_FACTS = 20
const MAX_NAME = 64
const MAX_VALUE = 300

/** What an action carries that a reader wants to know. */
export interface Carried {
  /** The sender's own title; null when it gave none, nor a text short enough to be one. */
  title: string | null
  text: string
  severity: Severity | null
  facts: Fact[]
  more_facts: number
  links: Link[]
  letter: boolean
}

const TITLES = ['subject', 'title', 'headline', 'summary', 'alertname']
const TEXTS = ['message', 'text', 'body', 'description', 'summary', 'content', 'details', 'reason']
const SEVERITIES = ['severity', 'level', 'priority', 'urgency']
const RECIPIENTS = ['to', 'recipient', 'recipients']

/** Says how or to whom to send, not what happened; or it was made for one service, and that service gets it. */
const TRANSPORT = new Set(
  `to cc bcc from reply_to recipient recipients channel thread_ts blocks embeds card html attachments media_url
  dedup_key routing_key event_action custom_details headers method template username icon_url icon_emoji`.split(/\s+/),
)

/** What no message shows, whoever gets it. */
const CREDENTIAL = /pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential|authorization|cookie/i

/** Reads a payload and labels. Whatever they hold, it gives something readable, and never more than the bounds. */
export function carriedBy({ payload, metadata, status }: Pick<Action, 'payload' | 'metadata' | 'status'>): Carried {
  const fields: JsonObject = isObject(payload) ? (payload as JsonObject) : {}
  const used = new Set<string>()
  const textIn = (names: readonly string[], from: JsonObject | Labels): { name: string; text: string } | null => {
    for (const name of names) {
      const value = Object.hasOwn(from, name) ? from[name] : undefined
      if (typeof value === 'string' && value.trim() !== '' && !used.has(name)) {
        used.add(name)
        return { name, text: value }
      }
    }
    return null
  }
  const given = textIn(TITLES, fields) ?? textIn(['alertname'], metadata)
  const told = textIn(TEXTS, fields)?.text ?? (isObject(payload) ? '' : looseText(payload))
  const severity = severityIn(fields, metadata, status)
  const { links, names: linked } = linksOf(fields, metadata)
  const said = (name: string): boolean => used.has(name) || linked.has(name) || severity.said.has(name)
  const labels = Object.entries(metadata).filter(([name, value]) => !said(name) && value.trim() !== '')
  const rest = Object.entries(fields).filter(([name]) => !said(name) && !TRANSPORT.has(name))
  const everything = [...labels, ...rest]
    .flatMap(([name, value]) => factsOf(name, value))
    .filter(({ value }) => value !== '')
  const addressed = RECIPIENTS.some((name) => Object.hasOwn(fields, name))
  // A channel says where, not to whom; a letter it is when there is nothing besides its words.
  const posted = Object.hasOwn(fields, 'channel') && everything.length === 0
  const written = severity.severity === null && (addressed || posted)
  const { title, text } = written
    ? letterWords(given?.text ?? null, told)
    : titleAndText(given?.text ?? null, told, isObject(payload) || typeof payload === 'string')
  const letter = written && title !== null
  const all = letter ? [] : everything
  return {
    title,
    text,
    severity: severity.severity,
    facts: all.slice(0, MAX_FACTS),
    more_facts: Math.max(0, all.length - MAX_FACTS),
    links,
    letter,
  }
}

/** A letter's text is kept whole; its first line is its title besides, when it was given none. */
function letterWords(given: string | null, told: string): { title: string | null; text: string } {
  const text = paragraphs(told, MAX_LETTER)
  const title = oneLine(given ?? text.split('\n')[0]!, MAX_TITLE)
  return { title: title === '' ? null : title, text: text === title ? '' : text }
}

/** @param spoken whether the text was written for readers, so that its first line may be the title */
function titleAndText(given: string | null, told: string, spoken: boolean): { title: string | null; text: string } {
  const text = paragraphs(told, MAX_TEXT)
  if (given !== null) {
    const title = oneLine(given, MAX_TITLE)
    const long = paragraphs(given, MAX_TEXT)
    // A title that had to be cut is kept whole above the text.
    if (title.endsWith('…') && title.length < long.length)
      return { title, text: paragraphs(text === '' ? long : `${long}\n\n${text}`, MAX_TEXT) }
    return { title: title === '' ? null : title, text: text === title ? '' : text }
  }
  const [first = '', ...rest] = text.split('\n')
  if (spoken && first !== '' && first.length <= 120)
    return { title: oneLine(first, MAX_TITLE), text: rest.join('\n').trim() }
  return { title: null, text }
}

/** A payload that is no object, as text. */
function looseText(payload: Json): string {
  if (payload === null) return ''
  if (Array.isArray(payload)) return payload.slice(0, 50).map(valueText).join('\n')
  return String(payload)
}

function severityIn(
  fields: JsonObject,
  metadata: Labels,
  status: string | undefined,
): { severity: Severity | null; said: Set<string> } {
  const over = severityOf(status)
  for (const [from, name] of SEVERITIES.flatMap((name) => [[fields, name] as const, [metadata, name] as const])) {
    const word = Object.hasOwn(from, name) ? from[name] : undefined
    const severity = severityOf(word)
    if (severity === null) continue
    // `P2` says more than "Error", so it stays among the facts; `warning` does not.
    const same = typeof word === 'string' && word.toLowerCase() === severityWord(severity).toLowerCase()
    return { severity: over === 'ok' ? 'ok' : severity, said: new Set(same ? [name] : []) }
  }
  return { severity: over === 'ok' ? 'ok' : null, said: new Set() }
}

/** Facts of one member of a payload: objects give one for each of their members, one level deep. */
function factsOf(name: string, value: Json): Fact[] {
  if (value === null || value === '') return []
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value as JsonObject)
      .filter(([, inner]) => inner !== null && inner !== '')
      .slice(0, MAX_FACTS)
      .map(([inner, text]) => fact(`${name}.${inner}`, text))
  return [fact(name, value)]
}

const fact = (name: string, value: Json): Fact => ({
  name: oneLine(name, MAX_NAME) || '?',
  value: CREDENTIAL.test(name) ? '(not shown)' : oneLine(valueText(value), MAX_VALUE),
})

function valueText(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number'))
    return value.slice(0, 50).join(', ')
  // A member's name may say that its value is a credential, at any depth.
  return JSON.stringify(value, (name, inner: unknown) => (CREDENTIAL.test(name) ? '(not shown)' : inner))
}
