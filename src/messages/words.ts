import type { Severity } from './message.js'

// Control characters, and those that turn the direction of what follows: a reader could not see what is written.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
// A half of a pair is no character: JSON and UTF-8 writers would each make something else of it.
const HALVES = /\p{Surrogate}/gu

/** A text of at most `limit` characters (UTF-16 units): cut at a word where one is near, with `…` in place of the rest. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text
  if (limit < 1) return ''
  const cut = text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')
  const word = cut.search(/\s\S*$/)
  return `${(word > limit * 0.7 ? cut.slice(0, word) : cut).trimEnd()}…`
}

/** Text in paragraphs: line ends are `\n`, at most one blank line together, nothing unseen. */
export function paragraphs(text: string, limit: number): string {
  // Cleaning what will be cut anyway would let a sender choose how long it takes.
  const seen = text
    .slice(0, limit * 4)
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(UNSEEN, '')
    .replace(HALVES, '\ufffd')
  const lines = seen.split('\n').map((line) => line.trimEnd())
  return clip(
    lines
      .filter((line, i) => line !== '' || lines[i - 1] !== '')
      .join('\n')
      .trim(),
    limit,
  )
}

/** Text in one line. */
export const oneLine = (text: string, limit: number): string =>
  clip(
    paragraphs(text, limit * 4)
      .split(/\s+/)
      .join(' '),
    limit,
  )

const ACRONYMS = new Set(['api', 'cpu', 'db', 'dns', 'http', 'https', 'id', 'ip', 'sla', 'slo', 'sms', 'ssl', 'tls'])

/** A name in code as words: `cluster_alert`, `clusterAlert`, `cluster.alert` → `cluster alert`. */
export function words(name: string): string {
  const parts = oneLine(name, 120)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_./:-]+/)
    .filter((part) => part !== '')
  const spoken = parts.map((part) => {
    const lower = part.toLowerCase()
    return ACRONYMS.has(lower) ? lower.toUpperCase() : lower
  })
  return spoken.length === 0 ? oneLine(name, 120) : spoken.join(' ')
}

/** The first letter large. */
export const sentence = (text: string): string => {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length)
}

const COUNTABLE =
  /^(alarm|alert|change|check|crash|deployment|error|event|exception|failure|incident|issue|job|login|message|notification|order|payment|problem|reminder|report|request|signup|task|ticket|timeout|update|warning)$/
const DOING = /^(create|deliver|make|notify|open|page|post|publish|raise|run|send|start|trigger)$/

/** `5 cluster alerts`; for what has no plain plural, `5 × send email`. */
export function counted(count: number, name: string): string {
  const what = words(name)
  if (count === 1) return `1 ${what}`
  const parts = what.split(' ')
  const last = parts.at(-1)!
  if (DOING.test(parts[0]!) || !COUNTABLE.test(last)) return `${count} × ${what}`
  return `${count} ${what}${/(s|sh|ch|x)$/.test(last) ? 'es' : 's'}`
}

export const SEVERITIES: readonly Severity[] = ['critical', 'error', 'warning', 'info', 'ok']

const SEVERITY_WORDS: Record<Severity, string> = {
  critical: 'critical crit fatal emergency emerg panic disaster alert page urgent highest blocker p0 p1 sev0 sev1 s1',
  error: 'error err high major failure failed p2 sev2 s2',
  warning: 'warning warn medium moderate minor average degraded p3 sev3 s3',
  info: 'info information informational notice low lowest normal debug trace none p4 p5 sev4 sev5 s4',
  ok: 'ok okay resolved recovered closed cleared clear success succeeded good healthy up fixed',
}
const BY_WORD = new Map(
  SEVERITIES.flatMap((severity) => SEVERITY_WORDS[severity].split(' ').map((word) => [word, severity] as const)),
)

/** What a word says of severity; null when it says nothing of it. */
export const severityOf = (word: unknown): Severity | null =>
  typeof word === 'string'
    ? (BY_WORD.get(
        word
          .trim()
          .toLowerCase()
          .replaceAll(/[\s_-]/g, ''),
      ) ?? null)
    : null

/** The worst of several. */
export const worst = (severities: readonly (Severity | null)[]): Severity | null =>
  SEVERITIES.find((severity) => severities.includes(severity)) ?? null

/** A severity for people. */
export const severityWord = (severity: Severity): string => (severity === 'ok' ? 'OK' : sentence(severity))

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

/** `14:03:05`, UTC. */
export function clockText(ms: number): string {
  const at = new Date(ms)
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

/** `3 May 2026`, UTC. */
export function dayText(ms: number): string {
  const at = new Date(ms)
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`
}

/** `3 May 2026, 14:03:05 UTC`. */
export const instantText = (ms: number): string => `${dayText(ms)}, ${clockText(ms)} UTC`

/** The times of several things that belong together: with the day only when they are not all of one. */
export function timesText(instants: readonly number[]): (ms: number) => string {
  const days = new Set(instants.map(dayText))
  return (ms) => (days.size > 1 ? `${dayText(ms)} ${clockText(ms)}` : clockText(ms))
}
