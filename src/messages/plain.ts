import { clip } from './words.js'
import type { Message } from './message.js'
import { atText, headline, itemParts, letterParts, sourceParts } from './parts.js'

/** A message as text alone: for logs, terminals and the text part of a mail. */
export interface PlainMessage {
  text: string
}

export const MAX_PLAIN = 16_000

/** Headline, text, facts, what members say, links, source; each a paragraph of its own. */
export function plainMessage(message: Message): PlainMessage {
  return {
    text: clip(message.letter ? letterText(message) : [headline(message), bodyText(message)].join('\n\n'), MAX_PLAIN),
  }
}

const letterText = (message: Message): string => {
  const { title, text } = letterParts(message)
  return [title, text, linkLines(message)].filter((part) => part !== null && part !== '').join('\n\n')
}

/** Everything but the headline. */
export function bodyText(message: Message): string {
  const { text, facts, more_facts, group } = message
  const lines = facts.map(({ name, value }) => `${name}: ${value}`)
  if (more_facts > 0) lines.push(`and ${more_facts} more`)
  const items = itemParts(message).map(
    ({ time, summary, count }) => `${time}  ${summary}${count > 1 ? ` (${count} times)` : ''}`,
  )
  if (group !== undefined && group.more > 0) items.push(`and ${group.more} more`)
  const source = [...sourceParts(message), atText(message), `id ${message.source.action_id}`].join(', ')
  return [text, items.join('\n'), lines.join('\n'), linkLines(message), source]
    .filter((part) => part !== '')
    .join('\n\n')
}

const linkLines = ({ links }: Message): string => links.map(({ title, url }) => `${title}: ${url}`).join('\n')
