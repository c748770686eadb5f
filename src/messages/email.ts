import { letterHtml, noticeHtml } from './email-html.js'
import type { Message } from './message.js'
import { headline, letterParts } from './parts.js'
import { plainMessage } from './plain.js'
import { clip, oneLine } from './words.js'

/** The parts of a mail that are its message. */
export interface EmailMessage {
  /** One line without control characters. */
  subject: string
  text: string
  html: string
}

/** What a sender wrote for a mail itself. */
export interface GivenEmail {
  subject?: string
  text?: string
  html?: string
}

export const EMAIL_LIMITS = { subject: 250, text: 262_144, html: 524_288 } as const

/** A text that cannot end a header line or begin another. */
export const headerText = (text: string): string => oneLine(text, EMAIL_LIMITS.subject)

/** A mail of a message; what the sender wrote for a mail is kept as it is. */
export function emailMessage(message: Message, given: GivenEmail = {}): EmailMessage {
  const subject = headerText(message.letter ? (given.subject ?? message.title) : headline(message)) || headline(message)
  const text = clip(textOf(message, given), EMAIL_LIMITS.text)
  const html = given.html ?? (message.letter ? letterHtml(subject, text) : noticeHtml(message))
  return { subject, text, html }
}

function textOf(message: Message, given: GivenEmail): string {
  if (!message.letter) return plainMessage(message).text
  const text = given.text ?? (given.html === undefined ? undefined : textOfHtml(given.html))
  return cleaned(text ?? (message.text === '' ? message.title : letterParts(message).text))
}

/** A letter is sent as it was written: only what no mail program shows is taken out. */
const cleaned = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(/[\0-\b\v-\x1f\x7f]/g, '')

const BLOCK = /^\/?(p|div|br|tr|li|h[1-6]|table|ul|ol|hr|blockquote|section|article|header|footer)\b/i
const CELL = /^\/(td|th)\b/i
const SILENT = /^(style|script|head|title)\b/i
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** The words of a page of HTML, for readers of text; one pass over it. */
export function textOfHtml(html: string): string {
  let text = ''
  let silent = ''
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at)
    if (silent === '') text += open < 0 ? html.slice(at) : html.slice(at, open)
    if (open < 0) break
    const close = html.indexOf('>', open)
    if (close < 0) break
    const tag = html.slice(open + 1, close)
    if (silent === '' && SILENT.test(tag)) silent = `/${SILENT.exec(tag)![1]!.toLowerCase()}`
    else if (silent !== '' && tag.toLowerCase().startsWith(silent)) silent = ''
    else if (BLOCK.test(tag)) text += '\n'
    else if (CELL.test(tag)) text += ' '
    at = close + 1
  }
  return text
    .replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => entityText(name) ?? whole)
    .split('\n')
    .map((line) => line.trim())
    .filter((line, i, lines) => line !== '' || lines[i - 1] !== '')
    .join('\n')
    .trim()
}

function entityText(name: string): string | undefined {
  if (!name.startsWith('#')) return Object.hasOwn(NAMED, name.toLowerCase()) ? NAMED[name.toLowerCase()] : undefined
  const code = Number.parseInt(
    name.slice(name[1]?.toLowerCase() === 'x' ? 2 : 1),
    name[1]?.toLowerCase() === 'x' ? 16 : 10,
  )
  return code > 0x1f && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : ' '
}
