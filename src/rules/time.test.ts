import { describe, expect, it } from 'vitest'
import { isTimeZone, timeFields } from './time.js'
import { matches, NOW, ruleWhen } from './rules.fixture.js'

const at = (text: string, zone: string) => timeFields(Date.parse(text), zone)

it('an instant has its fields in UTC, Monday first', () => {
  expect(at('2026-07-15T10:30:45.900Z', 'UTC')).toEqual({
    hour: 10,
    minute: 30,
    second: 45,
    day: 15,
    month: 7,
    year: 2026,
    weekday: 'Wednesday',
    weekday_num: 3,
    timestamp: 1_784_111_445,
  })
  expect(at('2026-07-19T00:00:00Z', 'UTC')).toMatchObject({ hour: 0, weekday: 'Sunday', weekday_num: 7 })
  expect(at('2026-07-20T00:00:00Z', 'UTC')).toMatchObject({ weekday: 'Monday', weekday_num: 1 })
})

describe('an instant has its fields in a zone, across its changes of the clock', () => {
  it.each([
    // Berlin, spring: 02:00 becomes 03:00 at 01:00 UTC.
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', { hour: 1, minute: 59, second: 59, day: 29 }],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', { hour: 3, minute: 0, second: 0, day: 29 }],
    // Autumn: 03:00 becomes 02:00 at 01:00 UTC, so 02:30 is there twice.
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', { hour: 2, minute: 30 }],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', { hour: 2, minute: 30 }],
    ['2026-03-08T06:59:00Z', 'America/New_York', { hour: 1, minute: 59, weekday: 'Sunday' }],
    ['2026-03-08T07:00:00Z', 'America/New_York', { hour: 3, minute: 0, weekday: 'Sunday' }],
    // Another day, half hours, no midnight called 24.
    ['2026-01-01T00:00:00Z', 'America/Los_Angeles', { hour: 16, day: 31, month: 12, year: 2025, weekday_num: 3 }],
    ['2026-01-01T00:00:00Z', 'Asia/Kolkata', { hour: 5, minute: 30 }],
    ['2026-06-30T22:00:00Z', 'Europe/Berlin', { hour: 0, day: 1, month: 7 }],
    ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', { hour: 0, day: 1, month: 1, year: 2027, weekday: 'Friday' }],
  ])('%s in %s', (instant, zone, expected) => {
    expect(at(instant, zone)).toMatchObject(expected)
  })
})

it('a zone is one that the machine knows by its IANA name', () => {
  expect(['Europe/Berlin', 'UTC', 'Asia/Kathmandu'].map(isTimeZone)).toEqual([true, true, true])
  expect(['Berlin', 'Europe/Berlyn', '', '+25:00'].map(isTimeZone)).toEqual([false, false, false, false])
})

describe('a rule sees the time in its own zone', () => {
  const office = '{all: [{field: time.hour, gte: 9}, {field: time.hour, lt: 17}, {field: time.weekday_num, lte: 5}]}'
  it.each([
    ['', '2026-03-27T08:30:00Z', false],
    ['', '2026-03-27T09:00:00Z', true],
    ['timezone: Europe/Berlin', '2026-03-27T08:00:00Z', true],
    ['timezone: Europe/Berlin', '2026-03-30T07:00:00Z', true],
    ['timezone: Europe/Berlin', '2026-03-30T06:59:59Z', false],
    ['timezone: Europe/Berlin', '2026-03-28T09:00:00Z', false],
  ])('%s at %s: %s', async (zone, instant, expected) => {
    expect(await matches(ruleWhen(office, {}, zone), {}, { nowMs: Date.parse(instant) })).toBe(expected)
  })

  it('in CEL too, where now is the instant', async () => {
    const cel = `'time.hour == 12 && time.weekday == "Wednesday" && now == timestamp("2026-07-15T10:30:45Z")'`
    expect(await matches(ruleWhen(cel, {}, 'timezone: Europe/Berlin'))).toBe(true)
    expect(await matches(ruleWhen(cel))).toBe(false)
  })

  it('the time is that of the dispatch, not that of the action', async () => {
    expect(
      await matches(
        ruleWhen('{field: time.timestamp, eq: 1784111445}'),
        { created_at: '2020-01-01T00:00:00Z' },
        { nowMs: NOW },
      ),
    ).toBe(true)
  })
})
