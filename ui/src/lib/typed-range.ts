import { instantOf, wallOf, type Wall } from './zones.ts'

/** What was typed means: parameters of the address, or why it means nothing. */
export type Typed = { from: string; to?: string } | { problem: string }

export const EXAMPLES = 'yesterday 22:00 to 06:00, around 02:51, last 45 min, since Mon 08:00'
const AROUND_MS = 15 * 60_000
const UNITS: readonly [names: RegExp, letter: string][] = [
  [/^(m|mins?|minutes?)$/, 'm'],
  [/^(h|hours?)$/, 'h'],
  [/^(d|days?)$/, 'd'],
]
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

type Day = Pick<Wall, 'year' | 'month' | 'day'>
type Clock = Pick<Wall, 'hour' | 'minute' | 'second'>
/** A moment as far as it was said: a day, a time of day, or both. */
interface Moment {
  day?: Day
  clock?: Clock
}

/**
 * Reads a window of time as people say it: `yesterday 22:00 to 06:00`, `around 02:51`, `since Mon 08:00`,
 * `2026-11-23`, `last 45 min`. A time of day alone is the last one that has been; the end's is the first after the
 * beginning.
 * @param now milliseconds since 1970 @param zone IANA name, of what is said and of what today is
 */
export function typedRange(text: string, { now, zone }: { now: number; zone: string }): Typed {
  const said = text.trim().toLowerCase().replace(/\s+/g, ' ')
  if (said === '') return { problem: `Say a time: ${EXAMPLES}.` }
  const [, number, unit] = /^(?:last )?(\d{1,4}) ?([a-z]+)$/.exec(said) ?? []
  const letter = UNITS.find(([names]) => unit !== undefined && names.test(unit))?.[1]
  if (letter !== undefined && Number(number) > 0) return { from: `-${Number(number)}${letter}` }

  const today = wallOf(now, zone)
  const at = (day: Day, clock: Clock = { hour: 0, minute: 0, second: 0 }): number =>
    instantOf({ ...day, ...clock }, zone)
  const next = (day: Day): Day => ({ ...day, day: day.day + 1 })
  const read = (part: string): Moment | undefined => momentOf(part, today)
  const begin = ({ day, clock }: Moment): number => {
    if (day !== undefined) return at(day, clock)
    const here = at(today, clock)
    return here <= now ? here : at({ ...today, day: today.day - 1 }, clock)
  }
  const fixed = (fromMs: number, toMs: number): Typed =>
    fromMs >= toMs
      ? { problem: 'That ends before it begins.' }
      : fromMs > now
        ? { problem: 'That is still to come.' }
        : { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
  const unread = (part: string): Typed => ({
    problem: `“${part}” is no time that is understood here. Try ${EXAMPLES}.`,
  })

  const around = /^(?:around|about|~) ?(.+)$/.exec(said)?.[1]
  if (around !== undefined) {
    const moment = read(around)
    if (moment?.clock === undefined) return unread(around)
    return fixed(begin(moment) - AROUND_MS, begin(moment) + AROUND_MS)
  }
  const [first, last, ...more] = said.replace(/^(from|since|between) /, '').split(/ (?:to|until|till|and|-|–) /)
  const from = read(first!)
  if (from === undefined) return unread(first!)
  if (last === undefined) {
    // A day alone is the whole of it; with a time it is what came since.
    const wholeDay = from.clock === undefined && !said.startsWith('since ')
    return wholeDay ? fixed(at(from.day!), at(next(from.day!))) : fixedSince(begin(from), now)
  }
  if (more.length > 0) return unread(said)
  const fromMs = begin(from)
  if (last === 'now') return fixedSince(fromMs, now)
  const to = read(last)
  if (to === undefined) return unread(last)
  if (to.day !== undefined) return fixed(fromMs, to.clock === undefined ? at(next(to.day)) : at(to.day, to.clock))
  const day = wallOf(fromMs, zone)
  const sameDay = at(day, to.clock)
  return fixed(fromMs, sameDay > fromMs ? sameDay : at(next(day), to.clock))
}

const fixedSince = (fromMs: number, now: number): Typed =>
  fromMs >= now ? { problem: 'That is still to come.' } : { from: new Date(fromMs).toISOString() }

function momentOf(text: string, today: Day): Moment | undefined {
  const [, before = '', hour, minute, second = '0'] =
    /^(?:at |(.+?)(?:,? at |,? ))?(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  if (hour === undefined) {
    const day = dayOf(text, today)
    return day === undefined ? undefined : { day }
  }
  const clock = { hour: Number(hour), minute: Number(minute), second: Number(second) }
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 59) return undefined
  if (before === '') return { clock }
  const day = dayOf(before, today)
  return day === undefined ? undefined : { day, clock }
}

function dayOf(text: string, { year, month, day }: Day): Day | undefined {
  if (text === 'today') return { year, month, day }
  if (text === 'yesterday') return { year, month, day: day - 1 }
  const weekday = WEEKDAYS.findIndex((name) => text.length >= 3 && new RegExp(`^${name}[a-z]*$`).test(text))
  if (weekday >= 0) {
    const ago = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() - weekday + 7) % 7
    return { year, month, day: day - ago }
  }
  const iso = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (iso !== null) return dated(Number(iso[1]), Number(iso[2]), Number(iso[3]))
  const named = /^(?:[a-z]{3,9},? )?(\d{1,2})\.? ([a-z]{3,9})\.?(?: (\d{4}))?$/.exec(text)
  const monthAt = named === null ? -1 : MONTHS.indexOf(named[2]!.slice(0, 3))
  if (monthAt < 0) return undefined
  const said = dated(Number(named![3] ?? year), monthAt + 1, Number(named![1]))
  // Without a year it is the last one that has been.
  const isAhead = said !== undefined && Date.UTC(said.year, said.month - 1, said.day) > Date.UTC(year, month - 1, day)
  return named![3] === undefined && isAhead ? dated(year - 1, said.month, said.day) : said
}

function dated(year: number, month: number, day: number): Day | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? { year, month, day } : undefined
}
