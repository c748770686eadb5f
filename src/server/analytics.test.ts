import { expect, it } from 'vitest'
import { intervalStart } from './analytics.js'
import { analyticsCases } from './analytics.fixture.js'

analyticsCases('memory', () => '[state]\nbackend = "memory"')
analyticsCases('one directory', () => '[state]\nbackend = "embedded"')

it('hours, days, weeks and months begin where the calendar says, in UTC', () => {
  const at = Date.parse('2026-03-01T13:59:59.999Z')
  const starts = (['hourly', 'daily', 'weekly', 'monthly'] as const).map((interval) =>
    new Date(intervalStart(interval, at)).toISOString(),
  )
  expect(starts).toEqual([
    '2026-03-01T13:00:00.000Z',
    '2026-03-01T00:00:00.000Z',
    '2026-02-23T00:00:00.000Z',
    '2026-03-01T00:00:00.000Z',
  ])
})
