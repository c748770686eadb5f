import { escaped, linked } from './bounded.js'
import type { Message } from './message.js'
import { itemParts, letterParts, LOOK, sourceParts } from './parts.js'
import { clip, severityWord } from './words.js'

/** An embed of Discord. */
export interface DiscordEmbed {
  title?: string
  description?: string
  url?: string
  color?: number
  fields?: { name: string; value: string; inline: boolean }[]
  footer?: { text: string }
  /** RFC 3339; shown in the time zone of whoever reads it. */
  timestamp?: string
  [field: string]: unknown
}

/** The body of an execution of a webhook of Discord. */
export interface DiscordMessage {
  content?: string
  embeds: DiscordEmbed[]
  /** Nobody is notified by what a payload says. */
  allowed_mentions: { parse: [] }
}

/** Discord's limits, characters. */
export const DISCORD_LIMITS = {
  content: 2_000,
  embeds: 10,
  title: 256,
  description: 4_096,
  fields: 25,
  name: 256,
  value: 1_024,
  footer: 2_048,
  /** Over all texts of all embeds of a message. */
  total: 6_000,
} as const

/** Text without Markdown: no formatting, no masked link, no mention (`@everyone` is held back by `allowed_mentions`). */
export const discordEscape = (text: string): string =>
  text.replaceAll(/[\\*_~`|>#[\]<]/g, (character) => `\\${character}`)

const plain = (text: string, limit: number): string => escaped(text, discordEscape, limit)
// An address stands as it is: Discord makes a link of it, and a backslash would break it.
const textOf = (text: string, limit: number): string => linked(text, discordEscape, (url) => url, limit)

/** The message as one embed, its bar in the colour of the severity. */
export function discordMessage(message: Message): DiscordMessage {
  const allowed_mentions: DiscordMessage['allowed_mentions'] = { parse: [] }
  if (message.letter) return { content: letterContent(message), embeds: [], allowed_mentions }
  const { title, severity, at, links, facts, more_facts } = message
  const footer = [...(severity === null ? [] : [severityWord(severity)]), ...sourceParts(message)].join('  ·  ')
  const embed: DiscordEmbed = {
    title: (severity === null ? '' : `${LOOK[severity].sign} `) + plain(title, DISCORD_LIMITS.title - 3),
    ...(links[0] !== undefined && links[0].url.length <= 2_000 && { url: links[0].url }),
    ...(severity !== null && { color: Number.parseInt(LOOK[severity].colour.slice(1), 16) }),
    footer: { text: clip(footer, 600) },
    timestamp: at,
  }
  const description = descriptionOf(message)
  if (description !== '') embed.description = description
  let left = DISCORD_LIMITS.total - embed.title!.length - embed.footer!.text.length - description.length - 60
  const fields: NonNullable<DiscordEmbed['fields']> = []
  for (const { name, value } of facts.slice(0, DISCORD_LIMITS.fields - 1)) {
    const field = {
      name: plain(name, DISCORD_LIMITS.name),
      value: textOf(value, DISCORD_LIMITS.value),
      inline: value.length <= 40,
    }
    left -= field.name.length + field.value.length
    if (left < 0) break
    fields.push(field)
  }
  const missing = facts.length - fields.length + more_facts
  if (missing > 0) fields.push({ name: '…', value: `and ${missing} more`, inline: false })
  if (fields.length > 0) embed.fields = fields
  return { embeds: [embed], allowed_mentions }
}

function descriptionOf(message: Message): string {
  const items = itemParts(message).map(
    ({ time, summary, count, severity }) =>
      `\`${time}\` ${severity === null ? '' : `${LOOK[severity].sign} `}${plain(summary, 200)}${count > 1 ? ` **× ${count}**` : ''}`,
  )
  const more = message.group?.more ?? 0
  if (more > 0) items.push(`and ${more} more`)
  const links = message.links.map(
    ({ title, url }) => `[${plain(title, 80)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`,
  )
  const parts = [textOf(message.text, 1_800), items.join('\n')].filter((part) => part !== '')
  // Links are left out whole, never cut.
  let description = parts.join('\n\n')
  for (const link of links)
    if (description.length + link.length + 2 <= 3_900) description += `${description === '' ? '' : '\n'}${link}`
  return description
}

function letterContent(message: Message): string {
  const { title, text } = letterParts(message)
  const head = title === null ? '' : `**${plain(title, 400)}**\n`
  return head + textOf(text, DISCORD_LIMITS.content - head.length)
}
