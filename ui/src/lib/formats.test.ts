import { afterEach, describe, expect, it } from 'vitest'
import {
  age,
  count,
  duration,
  minute,
  minuteOfDay,
  plural,
  share,
  shortId,
  showTimesIn,
  size,
  time,
  times,
  zoneName,
} from './formats.js'

describe('formats', () => {
  afterEach(() => showTimesIn(undefined))

  it('group thousands, and shorten from a million on', () => {
    expect([0, 999, 24_918, 1_240_000].map(count)).toEqual(['0', '999', '24,918', '1.24 M'])
  })

  it('write sizes in KB, from a million bytes or so on in MB', () => {
    expect([1, 65_536, 217_088, 1_300_000].map(size)).toEqual(['1 KB', '64 KB', '212 KB', '1.2 MB'])
  })

  it('never say 0 % of something that is there', () => {
    expect([share(41, 100), share(229, 24_918), share(1, 1_000_000), share(0, 10), share(1, 0)]).toEqual([
      '41 %',
      '0.9 %',
      '< 0.1 %',
      '0 %',
      '0 %',
    ])
  })

  it('write ages no finer than anybody needs', () => {
    expect([400, 42_000, 1_394_000, 3_862_000, 3 * 86_400_000].map(age)).toEqual([
      '1 s',
      '42 s',
      '23 min',
      '1 h 4 min',
      '3 d',
    ])
  })

  it('write durations in at most two units', () => {
    expect([0.04, 0.4, 212, 8_500, 8_000, 250_000, 7_500_000, 259_200_000, 60_000].map(duration)).toEqual([
      '< 0.1 ms',
      '0.4 ms',
      '212 ms',
      '8.5 s',
      '8 s',
      '4 min 10 s',
      '2 h 5 min',
      '3 d',
      '1 min',
    ])
  })

  it('write all times in the zone that was chosen', () => {
    const at = Date.parse('2026-11-23T22:10:03.041Z')
    showTimesIn('Asia/Tokyo')
    expect([time(at), minute(at), zoneName(at)]).toEqual(['07:10:03', '07:10', 'GMT+9'])
    showTimesIn('UTC')
    expect([time(at), minute(at), zoneName(at)]).toEqual(['22:10:03', '22:10', 'UTC'])
  })

  it('write the date only when it is another day', () => {
    showTimesIn('UTC')
    const at = Date.parse('2026-11-23T22:10:03.041Z')
    expect(time(at, { now: at + 1_000 })).toBe('22:10:03')
    expect(time(at, { now: at + 86_400_000 })).toBe('Mon 23 Nov 22:10')
    expect(minuteOfDay(at, at + 1_000)).toBe('22:10')
    expect(minuteOfDay(at, at + 86_400_000)).toBe('Mon 23 Nov 22:10')
    expect(time(at, { ms: true })).toBe('22:10:03.041')
  })

  it('count in words while they are few', () => {
    expect([times(1), times(3), times(12), plural(1, 'action'), plural(1_000, 'action')]).toEqual([
      'once',
      'three times',
      '12 times',
      '1 action',
      '1,000 actions',
    ])
  })

  it('keep both ends of a long id', () => {
    expect(shortId('019a0000-1111-2222-3333-44445555abcd')).toBe('019a0000…abcd')
  })
})
