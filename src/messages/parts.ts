import type { Item, Message, Severity } from './message.js'
import { instantText, severityWord, timesText } from './words.js'

/** How each severity looks: a sign where only text is, a colour (of the mail's light form) where there are colours. */
export const LOOK: Record<Severity, { sign: string; colour: string }> = {
  critical: { sign: '🔴', colour: '#b4232c' },
  error: { sign: '🟠', colour: '#c2540a' },
  warning: { sign: '🟡', colour: '#a16207' },
  info: { sign: '🔵', colour: '#2563a8' },
  ok: { sign: '🟢', colour: '#1a7f4b' },
}

/** Whether the title says the severity itself: `Resolved: …`, `CRITICAL disk full`. */
const saysItself = ({ title, severity, event }: Message): boolean =>
  severity === null ||
  (severity === 'ok' && event !== undefined) ||
  title
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .toLowerCase()
    .startsWith(severity)

/** The whole in a line: `[Warning] 5 cluster alerts (cluster prod)`. */
export const headline = (message: Message): string =>
  message.letter || saysItself(message) ? message.title : `[${severityWord(message.severity!)}] ${message.title}`

/** An item in a line, its time apart: the first and the last, when several members say the same. */
export function itemParts(
  message: Message,
): { time: string; summary: string; count: number; severity: Severity | null }[] {
  const items = message.group?.items ?? []
  const timeOf = timesText(items.flatMap(({ first_at, last_at }) => [Date.parse(first_at), Date.parse(last_at)]))
  const span = ({ first_at, last_at }: Item): string => {
    const [first, last] = [timeOf(Date.parse(first_at)), timeOf(Date.parse(last_at))]
    return first === last ? first : `${first}–${last}`
  }
  return items.map((item) => ({
    time: span(item),
    summary: item.summary,
    count: item.count,
    severity: item.severity === message.severity ? null : item.severity,
  }))
}

/** Where a message comes from: `monitoring / t1`, `cluster_alert`. */
export const sourceParts = ({ source }: Message): string[] => [
  `${source.namespace} / ${source.tenant}`,
  source.action_type,
]

export const atText = ({ at }: Message): string => instantText(Date.parse(at))

/** A letter's own words: its title only where the text does not begin with it. */
export function letterParts({ title, text }: Message): { title: string | null; text: string } {
  if (text === '') return { title: null, text: title }
  return text.replaceAll(/\s+/g, ' ').startsWith(title.replace(/…$/, '')) ? { title: null, text } : { title, text }
}
