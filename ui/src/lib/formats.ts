/** How numbers, durations and times are written everywhere (one place, so that a figure and its list read alike). */

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `24,918`; from a million on `1.24 M`. */
export const count = (n: number): string => (n >= 1_000_000 ? `${(n / 1_000_000).toFixed(2)} M` : GROUPED.format(n))

/** `212 KB`, `1.2 MB`, of 1,024 bytes and of 1,024 times as many. */
export const size = (bytes: number): string =>
  bytes < 1_048_576 ? `${count(Math.max(1, Math.round(bytes / 1_024)))} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`

/** A count that is exact to a bound: `10,000+` beyond it. */
export const upTo = (n: number | null, most = 10_000): string => (n === null ? `${count(most)}+` : count(n))

/** How far from what it is compared with: `+38 %`, `6×`; undefined: as good as the same. */
export function change(now: number, before: number): string | undefined {
  if (before === 0) return now === 0 ? undefined : 'none before'
  const times = now / before
  if (times >= 3) return `${times >= 10 ? Math.round(times) : times.toFixed(1).replace(/\.0$/, '')}×`
  const percent = Math.round((times - 1) * 100)
  return percent === 0 ? undefined : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`
}

/** `41 %`; below one percent one decimal, and never `0 %` for something that is there. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  const percent = (part / whole) * 100
  if (percent < 0.1) return '< 0.1 %'
  return percent < 1 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`
}

/** `0.4 ms`, `212 ms`, `8.5 s`, `4 min 10 s`, `2 h 5 min`, `3 d`. */
export function duration(ms: number): string {
  // Times of records are whole milliseconds.
  if (ms === 0) return '< 1 ms'
  if (ms < 0.1) return '< 0.1 ms'
  if (ms < 1) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 59.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`
  const whole = Math.round(seconds)
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 172_800) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min')
  return `${Math.floor(whole / 86_400)} d`
}
/** How old something is, no finer than anybody needs: `42 s`, `23 min`, `1 h 4 min`, `3 d`. */
export const age = (ms: number): string =>
  ms < 60_000
    ? `${Math.max(1, Math.round(ms / 1_000))} s`
    : ms < 3_600_000
      ? `${Math.floor(ms / 60_000)} min`
      : duration(Math.floor(ms / 60_000) * 60_000)
const two = (a: number, unit: string, b: number, smaller: string): string =>
  b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${smaller}`

/** The zone in which times are written and read; the browser's own when absent. */
let shownIn: string | undefined
/** @param zone IANA name */
export const showTimesIn = (zone: string | undefined): void => {
  shownIn = zone
}
export const timesShownIn = (): string => shownIn ?? Intl.DateTimeFormat().resolvedOptions().timeZone

export interface TimeStyle {
  /** With milliseconds, as in stories. */
  ms?: boolean
  /** What counts as today, milliseconds. */
  now?: number
}

/** Making one takes longer than using it a hundred times, and lists use them for each row. */
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = JSON.stringify(options)
  let format = formats.get(name)
  if (format === undefined) formats.set(name, (format = new Intl.DateTimeFormat('en-GB', options)))
  return format
}

/** `03:14:02`, with the date when it is another day: `Mon 23 Nov 22:10`. */
export function time(at: number, { ms = false, now }: TimeStyle = {}): string {
  const of = (options: Intl.DateTimeFormatOptions, when = at): string =>
    formatOf({ ...options, timeZone: shownIn }).format(when)
  const today = now === undefined || of({ dateStyle: 'short' }) === of({ dateStyle: 'short' }, now)
  if (!today && !ms)
    return `${of({ weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '')} ${of({ hour: '2-digit', minute: '2-digit' })}`
  const clock = of({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return ms ? `${clock}.${String(Math.floor(at % 1_000)).padStart(3, '0')}` : clock
}

/** `02:51`. */
export const minute = (at: number): string =>
  formatOf({ hour: '2-digit', minute: '2-digit', timeZone: shownIn }).format(at)

/** The same, with the day when it is another than today: `Sun 22 Nov 22:00`. @param now what counts as today */
export function minuteOfDay(at: number, now: number): string {
  const day = (when: number): string => formatOf({ dateStyle: 'short', timeZone: shownIn }).format(when)
  return day(at) === day(now) ? minute(at) : time(at, { now })
}

/** The zone's short name: `CET`, `UTC`. */
export const zoneName = (at: number): string =>
  formatOf({ timeZoneName: 'short', timeZone: shownIn })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? ''

/** `once`, `twice`, `three times`, `12 times`. */
export const times = (n: number): string =>
  ['never', 'once', 'twice', 'three times', 'four times', 'five times'][n] ?? `${n} times`

/** `1 action`, `24,918 actions`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** `019a…7RZ4`: an id's ends. */
export const shortId = (id: string): string => (id.length <= 18 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`)
