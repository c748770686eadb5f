/** A window of time as the URL says it: `-1h` (the last hour, live), or two fixed moments. */
export interface Range {
  /** Milliseconds. */
  fromMs: number
  toMs: number
  /** It moves on: both of its ends do. */
  live: boolean
  /** It ends now, wherever it begins. */
  endsNow: boolean
  /** `Last hour`; of a fixed one its two ends. */
  title: string
}

export const PRESETS: readonly { from: string; title: string; ms: number }[] = [
  { from: '-15m', title: 'Last 15 min', ms: 900_000 },
  { from: '-1h', title: 'Last hour', ms: 3_600_000 },
  { from: '-6h', title: 'Last 6 h', ms: 21_600_000 },
  { from: '-24h', title: 'Last 24 h', ms: 86_400_000 },
  { from: '-7d', title: 'Last 7 d', ms: 604_800_000 },
]
const HOUR = PRESETS[1]!
/** How far back a replay of past traffic can look, the nearest first. */
export const REPLAY_PRESETS = PRESETS.filter(({ ms }) => ms >= HOUR.ms)
const UNITS: Readonly<Record<string, [title: string, ms: number]>> = {
  m: ['min', 60_000],
  h: ['h', 3_600_000],
  d: ['d', 86_400_000],
}

/** `-45m`, `-3h`, `-2d`: so long before now. */
function lastOf(from: string | undefined): { title: string; ms: number } | undefined {
  const [, number, letter] = /^-([1-9]\d{0,3})([mhd])$/.exec(from ?? '') ?? []
  if (number === undefined) return undefined
  const [unit, ms] = UNITS[letter!]!
  return { title: `Last ${number} ${unit}`, ms: Number(number) * ms }
}

/** @param from `-1h`, or RFC 3339; what cannot be read is the last hour */
export function rangeOf(from: string | undefined, to: string | undefined, nowMs: number): Range {
  const fixed = from === undefined || from.startsWith('-') ? Number.NaN : Date.parse(from)
  if (!Number.isNaN(fixed)) {
    const end = to === undefined ? nowMs : Date.parse(to)
    const endsNow = Number.isNaN(end) || to === undefined
    return {
      ...{ fromMs: fixed, toMs: endsNow ? nowMs : end, live: false, endsNow },
      title: endsNow ? 'Since' : 'Fixed range',
    }
  }
  const preset = PRESETS.find((item) => item.from === from) ?? lastOf(from) ?? HOUR
  return { fromMs: nowMs - preset.ms, toMs: nowMs, live: true, endsNow: true, title: preset.title }
}
