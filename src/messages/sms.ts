import type { Message } from './message.js'
import { letterParts } from './parts.js'
import { clip, clockText } from './words.js'

/** The text of a short message. */
export interface SmsMessage {
  body: string
}

/**
 * What a glance takes, and two parts of a message in the alphabet of GSM 03.38 carry (153 septets each); in UCS-2 three
 * parts of 67.
 */
export const SMS_LIMITS = { gsm: 306, ucs2: 201, letter: 1_600 } as const

const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
// They take two septets.
const GSM_EXTENDED = '^{}\\[~]|€'

// One of these in a text would halve what fits, and says no more than its neighbour.
const SIMPLER: Record<string, string> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '×': 'x',
  '·': '-',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '\u00a0': ' ',
  '\t': ' ',
  '`': "'",
}
const simple = (text: string): string => text.replaceAll(/[…–—×·“”„‘’\u00a0\t`]/g, (character) => SIMPLER[character]!)

/** Septets of a text in the alphabet of GSM 03.38; null when it is not in it. */
export function septetsOf(text: string): number | null {
  let septets = 0
  for (const character of text) {
    if (GSM.includes(character)) septets++
    else if (GSM_EXTENDED.includes(character)) septets += 2
    else return null
  }
  return septets
}

const fits = (text: string): boolean => {
  const septets = septetsOf(text)
  return septets === null ? text.length <= SMS_LIMITS.ucs2 : septets <= SMS_LIMITS.gsm
}

/** How bad, what, and as much of the rest as two parts hold. A letter is sent as it is. */
export function smsMessage(message: Message): SmsMessage {
  if (message.letter) {
    const { title, text } = letterParts(message)
    return { body: clip([title, text].filter((part) => part !== null).join('\n'), SMS_LIMITS.letter) }
  }
  const { severity, title, text, group, links } = message
  const loud = severity === 'critical' || severity === 'error' || severity === 'warning'
  let body = shortened(
    simple(loud && !title.toLowerCase().startsWith(severity) ? `${severity.toUpperCase()}: ${title}` : title),
  )
  const add = (part: string, between = '\n'): void => {
    if (part !== '' && fits(body + between + simple(part))) body += between + simple(part)
  }
  if (group === undefined) {
    const room = SMS_LIMITS.gsm - body.length - 2
    add(
      text.length <= room || room < 40
        ? text.replaceAll('\n\n', '\n')
        : clip(text.replaceAll(/\s+/g, ' '), Math.min(room, 160)),
    )
  } else {
    const [first, last] = [group.first_at, group.last_at].map((at) => clockText(Date.parse(at)).slice(0, 5))
    add(`${first === last ? first : `${first}-${last}`} UTC`)
    for (const [i, { summary, count }] of group.items.entries())
      add(`${clip(summary, 60)}${count > 1 ? ` x${count}` : ''}`, i === 0 ? ': ' : '; ')
  }
  if (links[0] !== undefined) add(links[0].url)
  return { body }
}

/** As much of a text as fits. */
function shortened(text: string): string {
  let limit = text.length
  let cut = text
  while (!fits(cut)) cut = simple(clip(text, (limit = Math.min(limit - 1, Math.floor(limit * 0.9)))))
  return cut
}
