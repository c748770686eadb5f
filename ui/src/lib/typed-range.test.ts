import { describe, expect, it } from 'vitest'
import { rangeOf } from './range.js'
import { typedRange } from './typed-range.js'
import { instantOf, wallOf } from './zones.js'

const BERLIN = 'Europe/Berlin'
/** Monday, 03:14 in Berlin. */
const NOW = Date.parse('2026-11-23T02:14:00Z')
const read = (text: string, now = NOW, zone = BERLIN): unknown => {
  const typed = typedRange(text, { now, zone })
  return 'problem' in typed ? typed.problem : [typed.from, typed.to].filter((end) => end !== undefined).join(' to ')
}

describe('a typed window', () => {
  it.each([
    ['last 45 min', '-45m'],
    ['3h', '-3h'],
    ['2 days', '-2d'],
    ['yesterday 22:00 to 06:00', '2026-11-22T21:00:00.000Z to 2026-11-23T05:00:00.000Z'],
    ['22:00 to 02:00', '2026-11-22T21:00:00.000Z to 2026-11-23T01:00:00.000Z'],
    ['02:00 - 02:30', '2026-11-23T01:00:00.000Z to 2026-11-23T01:30:00.000Z'],
    ['around 02:51', '2026-11-23T01:36:00.000Z to 2026-11-23T02:06:00.000Z'],
    ['around yesterday 23:59:30', '2026-11-22T22:44:30.000Z to 2026-11-22T23:14:30.000Z'],
    ['today', '2026-11-22T23:00:00.000Z to 2026-11-23T23:00:00.000Z'],
    ['Yesterday', '2026-11-21T23:00:00.000Z to 2026-11-22T23:00:00.000Z'],
    ['monday 01:00 to now', '2026-11-23T00:00:00.000Z'],
    ['since Sat 08:00', '2026-11-21T07:00:00.000Z'],
    ['since yesterday', '2026-11-21T23:00:00.000Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z to 2026-11-20T23:00:00.000Z'],
    ['2026-11-20 to 2026-11-21', '2026-11-19T23:00:00.000Z to 2026-11-21T23:00:00.000Z'],
    ['Mon 16 Nov 22:10 to 17 Nov 01:00', '2026-11-16T21:10:00.000Z to 2026-11-17T00:00:00.000Z'],
    ['24 dec', '2025-12-23T23:00:00.000Z to 2025-12-24T23:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it('holds over a change of clocks, in the hours that the day has', () => {
    const later = Date.parse('2026-10-26T08:00:00Z')
    expect(read('2026-10-25', later)).toBe('2026-10-24T22:00:00.000Z to 2026-10-25T23:00:00.000Z')
    expect(read('2026-03-29', later)).toBe('2026-03-28T23:00:00.000Z to 2026-03-29T22:00:00.000Z')
  })

  it('is in the zone that times are shown in', () => {
    expect(read('today 01:00 to 02:00', NOW, 'UTC')).toBe('2026-11-23T01:00:00.000Z to 2026-11-23T02:00:00.000Z')
    expect(read('today 10:00 to 11:00', NOW, 'Asia/Tokyo')).toBe('2026-11-23T01:00:00.000Z to 2026-11-23T02:00:00.000Z')
  })

  it.each([
    ['', /Say a time: yesterday/],
    ['noonish', /“noonish” is no time that is understood here. Try yesterday/],
    ['25:00 to 26:00', /“25:00” is no time/],
    ['2026-02-30', /“2026-02-30” is no time/],
    ['yesterday to the moon', /“the moon” is no time/],
    ['around yesterday', /“yesterday” is no time/],
    ['today 03:00 to yesterday 04:00', /ends before it begins/],
    ['2026-12-01', /still to come/],
    ['since today 05:00', /still to come/],
    ['1 to 2 to 3', /is no time/],
  ])('“%s” is refused in words', (text, problem) => {
    expect(read(text)).toMatch(problem)
  })
})

describe('zones', () => {
  it('tell what a clock shows, and when it shows that', () => {
    for (const zone of ['UTC', BERLIN, 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'])
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 3_600_000 + 13_000) {
        const there = instantOf(wallOf(at, zone), zone)
        // An hour that is shown twice is the first of both.
        expect([zone, at, [0, 1_800_000, 3_600_000].includes(at - there)]).toEqual([zone, at, true])
        expect(wallOf(there, zone)).toEqual(wallOf(at, zone))
      }
  })

  it('take what is never shown as so long after the change', () => {
    const never = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 }
    expect(new Date(instantOf(never, BERLIN)).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  })
})

describe('a range of the address', () => {
  it('is any number of minutes, hours or days', () => {
    expect(rangeOf('-45m', undefined, NOW)).toEqual({
      fromMs: NOW - 2_700_000,
      toMs: NOW,
      live: true,
      endsNow: true,
      title: 'Last 45 min',
    })
    expect(rangeOf('-3d', undefined, NOW).title).toBe('Last 3 d')
    expect(rangeOf('-1h', undefined, NOW).title).toBe('Last hour')
    expect(rangeOf('-0m', undefined, NOW).title).toBe('Last hour')
  })
})
