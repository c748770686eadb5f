import { escaped, linked } from './bounded.js'
import type { Link, Message } from './message.js'
import { atText, headline, itemParts, letterParts, LOOK, sourceParts } from './parts.js'
import { severityWord } from './words.js'

/** A block of Slack's Block Kit, of those that are made here. */
export type SlackBlock = { type: string; [field: string]: unknown }

/** The part of `chat.postMessage` or an incoming webhook's body that is the message. */
export interface SlackMessage {
  /** What a notification shows, and readers that cannot show blocks. */
  text: string
  blocks?: SlackBlock[]
}

/** Limits of Block Kit, characters after escaping. */
export const SLACK_LIMITS = { text: 4_000, blocks: 50, header: 150, section: 3_000, field: 2_000, fields: 10 } as const

/** The three characters that mean something in every text of Slack; without them there is no mention and no link. */
export const slackEscape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

// `verbatim`: Slack itself must not look for names and channels in what a payload says.
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })
const section = (text: string): SlackBlock => ({ type: 'section', text: mrkdwn(text) })

const textOf = (text: string, limit: number = SLACK_LIMITS.section): string =>
  linked(text, slackEscape, (url) => `<${slackEscape(url)}>`, limit)
const short = (text: string, limit: number): string => escaped(text, slackEscape, limit)
const linkOf = ({ title, url }: Link): string => `<${slackEscape(url)}|${short(title.replaceAll('|', '/'), 100)}>`

/** The message in Slack's blocks. */
export function slackMessage(message: Message): SlackMessage {
  const text = short(headline(message), SLACK_LIMITS.text)
  if (message.letter) return { text: letterText(message), blocks: letterBlocks(message) }
  const blocks = [
    headerBlock(message),
    ...(message.text === '' ? [] : [section(textOf(message.text))]),
    ...itemBlocks(message),
    ...factBlocks(message),
    ...(message.links.length === 0 ? [] : [section(message.links.map(linkOf).join('   '))]),
    contextBlock(message),
  ]
  return { text, blocks }
}

function headerBlock({ title, severity }: Message): SlackBlock {
  const sign = severity === null ? '' : `${LOOK[severity].sign} `
  const text = sign + slackEscape(title)
  if (text.length > SLACK_LIMITS.header) return section(`${sign}*${short(title, 1_000)}*`)
  return { type: 'header', text: { type: 'plain_text', text, emoji: false } }
}

function itemBlocks(message: Message): SlackBlock[] {
  const lines = itemParts(message).map(({ time, summary, count, severity }) => {
    const sign = severity === null ? '' : `${LOOK[severity].sign} `
    return `\`${time}\`  ${sign}${short(summary, 250)}${count > 1 ? `  *× ${count}*` : ''}`
  })
  const more = message.group?.more ?? 0
  if (more > 0) lines.push(`_and ${more} more_`)
  return lines.length === 0 ? [] : [section(lines.join('\n'))]
}

function factBlocks({ facts, more_facts }: Message): SlackBlock[] {
  const fields = facts.map(({ name, value }) => mrkdwn(`*${short(name, 200)}*\n${textOf(value, 1_500)}`))
  const blocks: SlackBlock[] = []
  for (let at = 0; at < fields.length; at += SLACK_LIMITS.fields)
    blocks.push({ type: 'section', fields: fields.slice(at, at + SLACK_LIMITS.fields) })
  if (more_facts > 0) blocks.push({ type: 'context', elements: [mrkdwn(`and ${more_facts} more`)] })
  return blocks
}

/** Where it comes from, and when: in the time zone of whoever reads it. */
function contextBlock(message: Message): SlackBlock {
  const { severity, at } = message
  const seconds = Math.floor(Date.parse(at) / 1_000)
  const when = `<!date^${seconds}^{date_short_pretty}, {time_secs}|${atText(message)}>`
  const source = sourceParts(message).map((part) => short(part, 600))
  const parts = [...(severity === null ? [] : [severityWord(severity)]), ...source, when]
  return { type: 'context', elements: [mrkdwn(parts.join('  ·  '))] }
}

function letterText(message: Message): string {
  const { title, text } = letterParts(message)
  return short(title ?? text, SLACK_LIMITS.text)
}

function letterBlocks(message: Message): SlackBlock[] {
  const { title, text } = letterParts(message)
  const head = title === null ? [] : [section(`*${short(title, 1_000)}*`)]
  const links = message.links.length === 0 ? [] : [section(message.links.map(linkOf).join('   '))]
  return [...head, ...inSections(text), ...links]
}

/** A long text in several sections, cut between lines where it can be. */
function inSections(text: string): SlackBlock[] {
  const sections: SlackBlock[] = []
  let part = ''
  // A line can grow fivefold when it is escaped.
  for (const line of text.split('\n')) {
    if (part !== '' && slackEscape(`${part}\n${line}`).length > SLACK_LIMITS.section - 200) {
      sections.push(section(textOf(part)))
      part = line
    } else part = part === '' ? line : `${part}\n${line}`
  }
  if (part.trim() !== '') sections.push(section(textOf(part)))
  return sections.slice(0, SLACK_LIMITS.blocks - 2)
}
