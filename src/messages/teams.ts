import { bytesAsJsonString } from '../lib/json.js'
import { escaped, linked } from './bounded.js'
import type { Message, Severity } from './message.js'
import { atText, headline, itemParts, letterParts, sourceParts } from './parts.js'
import { severityWord } from './words.js'

/** An element of an Adaptive Card. */
export type CardElement = { type: string; [field: string]: unknown }

export interface AdaptiveCard {
  type: 'AdaptiveCard'
  $schema: string
  version: string
  [field: string]: unknown
}

/** What a Teams workflow ("When a Teams webhook request is received") takes. */
export interface TeamsMessage {
  type: 'message'
  /** What a notification shows. */
  summary: string
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive'; contentUrl: null; content: AdaptiveCard }]
}

/**
 * Teams loses a message above 28 KiB (28,672 bytes) as it counts them: a workflow hands the card on as a text within JSON,
 * where each quotation mark takes two. The workflow answers 202 before that, so what is too large then is lost without a
 * word. A card shows at most six actions.
 * @see https://github.com/MicrosoftDocs/msteams-docs/issues/11274
 */
export const TEAMS_LIMITS = { bytes: 28_000, actions: 6 } as const

const STYLE: Record<Severity, { container: string; colour: string }> = {
  critical: { container: 'attention', colour: 'attention' },
  error: { container: 'attention', colour: 'attention' },
  warning: { container: 'warning', colour: 'warning' },
  info: { container: 'accent', colour: 'accent' },
  ok: { container: 'good', colour: 'good' },
}

/** Markdown of text blocks and facts that means nothing. */
export const teamsEscape = (text: string): string => text.replaceAll(/[\\*_`[\]<>]/g, (character) => `\\${character}`)

const plain = (text: string, limit: number): string => escaped(text, teamsEscape, limit)
const textOf = (text: string, limit: number): string =>
  linked(text, teamsEscape, (url, written) => `[${plain(written, 200)}](${addressOf(url)})`, limit)
const addressOf = (url: string): string => url.replaceAll('(', '%28').replaceAll(')', '%29')
// One line end is a space in Markdown; two make a paragraph.
const paragraphed = (text: string): string => text.replaceAll(/\n+/g, '\n\n')
const block = (text: string, more: Record<string, unknown> = {}): CardElement => ({
  type: 'TextBlock',
  text,
  wrap: true,
  ...more,
})

/** Long texts, as a share of what they may have: the largest that fits is taken. */
const SHARES = [1, 0.5, 0.25, 0.1] as const

/** The message as an Adaptive Card of version 1.4, no larger than Teams takes. */
export function teamsMessage(message: Message): TeamsMessage {
  const made = (share: number): TeamsMessage =>
    envelope(message.letter ? letterBody(message, share) : bodyOf(message, share), message)
  const largest = SHARES.find((share) => bytesAsJsonString(JSON.stringify(made(share))) <= TEAMS_LIMITS.bytes)
  return made(largest ?? SHARES.at(-1)!)
}

/** A card in the envelope that Teams takes. */
export const teamsEnvelope = (content: AdaptiveCard, summary: string): TeamsMessage => ({
  type: 'message',
  summary,
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
})

function envelope(body: CardElement[], message: Message): TeamsMessage {
  const actions = message.links
    .slice(0, TEAMS_LIMITS.actions)
    .map(({ title, url }) => ({ type: 'Action.OpenUrl', title, url }))
  const card: AdaptiveCard = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body,
    ...(actions.length > 0 && { actions }),
    msteams: { width: 'Full' },
  }
  return teamsEnvelope(card, headline(message))
}

function bodyOf(message: Message, share: number): CardElement[] {
  const { title, text, severity, facts, more_facts } = message
  const badge =
    severity === null
      ? []
      : [block(severityWord(severity), { weight: 'Bolder', color: STYLE[severity].colour, size: 'Small' })]
  const head: CardElement = {
    type: 'Container',
    style: severity === null ? 'emphasis' : STYLE[severity].container,
    bleed: true,
    items: [...badge, block(plain(title, 400), { size: 'Large', weight: 'Bolder', spacing: 'None' })],
  }
  const rows = facts.map(({ name, value }) => ({ title: plain(name, 150), value: textOf(value, 800 * share) }))
  if (more_facts > 0) rows.push({ title: '…', value: `and ${more_facts} more` })
  const footer = [...sourceParts(message).map((part) => plain(part, 300)), atText(message)].join('  ·  ')
  return [
    head,
    ...(text === '' ? [] : [block(paragraphed(textOf(text, 6_000 * share)))]),
    ...itemElements(message),
    ...(rows.length === 0 ? [] : [{ type: 'FactSet', facts: rows }]),
    block(footer, { size: 'Small', isSubtle: true, separator: true }),
  ]
}

function itemElements(message: Message): CardElement[] {
  const rows = itemParts(message).map(({ time, summary, count, severity }): CardElement => {
    const word = severity === null ? '' : `${severityWord(severity)}: `
    return {
      type: 'ColumnSet',
      spacing: 'Small',
      columns: [
        { type: 'Column', width: 'auto', items: [block(time, { fontType: 'Monospace', isSubtle: true, wrap: false })] },
        {
          type: 'Column',
          width: 'stretch',
          items: [block(`${word}${plain(summary, 300)}${count > 1 ? ` **× ${count}**` : ''}`)],
        },
      ],
    }
  })
  const more = message.group?.more ?? 0
  return more > 0 ? [...rows, block(`and ${more} more`, { isSubtle: true, spacing: 'Small' })] : rows
}

function letterBody(message: Message, share: number): CardElement[] {
  const { title, text } = letterParts(message)
  const head = title === null ? [] : [block(plain(title, 400), { size: 'Large', weight: 'Bolder' })]
  return [...head, block(paragraphed(textOf(text, 10_000 * share)))]
}
