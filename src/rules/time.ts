/** What `time.*` paths and CEL's `time` name, at one instant in one zone. */
export interface TimeFields {
  hour: number
  minute: number
  second: number
  day: number
  month: number
  year: number
  /** English, in full: `Monday`. */
  weekday: string
  /** 1 = Monday … 7 = Sunday (ISO 8601). */
  weekday_num: number
  /** Seconds since 1970, whole. */
  timestamp: number
}

export const TIME_FIELDS = [
  'hour',
  'minute',
  'second',
  'day',
  'month',
  'year',
  'weekday',
  'weekday_num',
  'timestamp',
] as const satisfies (keyof TimeFields)[]

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const formats = new Map<string, Intl.DateTimeFormat>()

/** Whether a name is an IANA time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

/** The fields of an instant (milliseconds) in a zone (IANA). */
export function timeFields(nowMs: number, zone: string): TimeFields {
  return zone === 'UTC' ? utcFields(nowMs) : zonedFields(nowMs, zone)
}

function utcFields(nowMs: number): TimeFields {
  const at = new Date(nowMs)
  const weekday_num = at.getUTCDay() === 0 ? 7 : at.getUTCDay()
  return {
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    day: at.getUTCDate(),
    month: at.getUTCMonth() + 1,
    year: at.getUTCFullYear(),
    weekday: WEEKDAYS[weekday_num - 1]!,
    weekday_num,
    timestamp: Math.floor(nowMs / 1_000),
  }
}

function zonedFields(nowMs: number, zone: string): TimeFields {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(zone).formatToParts(nowMs)) parts[type] = value
  const weekday = parts['weekday']!
  return {
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
    second: Number(parts['second']),
    day: Number(parts['day']),
    month: Number(parts['month']),
    year: Number(parts['year']),
    weekday,
    weekday_num: WEEKDAYS.indexOf(weekday) + 1,
    timestamp: Math.floor(nowMs / 1_000),
  }
}
