/** What a clock on a wall shows. */
export interface Wall {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const clocks = new Map<string, Intl.DateTimeFormat>()
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone)
  if (clock === undefined)
    clocks.set(
      zone,
      (clock = new Intl.DateTimeFormat('en-US', {
        ...{ timeZone: zone, hourCycle: 'h23' },
        ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
      })),
    )
  return clock
}

/** What a clock shows in a zone. @param at milliseconds since 1970 @param zone IANA name */
export function wallOf(at: number, zone: string): Wall {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year, month, day, hour, minute, second } = parts as unknown as Wall
  return { year, month, day, hour, minute, second }
}

const utcOf = ({ year, month, day, hour, minute, second }: Wall): number =>
  Date.UTC(year, month - 1, day, hour, minute, second)

/**
 * The instant at which a clock in a zone shows that, milliseconds since 1970. What it shows twice is the first of both;
 * what it never shows, because clocks were put forward, is as long after the change as it says. Days, hours and so on
 * may lie outside of their range: day 0 is the last of the month before.
 */
export function instantOf(wall: Wall, zone: string): number {
  const shown = utcOf(wall)
  const offsetAt = (at: number): number => utcOf(wallOf(at, zone)) - Math.floor(at / 1_000) * 1_000
  // Offsets differ by a change of clocks at most, so one of these two holds at the instant itself.
  const [before, after] = [offsetAt(shown - 86_400_000), offsetAt(shown + 86_400_000)]
  const first = shown - before
  return offsetAt(first) === before ? first : offsetAt(shown - after) === after ? shown - after : first
}
