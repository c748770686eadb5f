import { expect, it } from 'vitest'
import { inOrderOfDecision, type Kept } from './replay-kept.js'

const kept = (at: number, outcome: string): Kept => ({ at, outcome }) as Kept

it('in one millisecond, what was sent was decided about first and what a gate refused last, the rest as on record', () => {
  const records = [
    kept(1, 'deduplicated'),
    kept(2, 'throttled'),
    kept(2, 'state_changed'),
    kept(2, 'deduplicated'),
    kept(2, 'suppressed'),
    kept(2, 'grouped'),
    kept(2, 'failed'),
    kept(2, 'executed'),
    kept(2, 'open'),
    kept(3, 'executed'),
  ]
  expect(inOrderOfDecision(records).map(({ at, outcome }) => `${at} ${outcome}`)).toEqual([
    '1 deduplicated',
    ...['2 failed', '2 executed', '2 open'],
    ...['2 state_changed', '2 suppressed', '2 grouped'],
    ...['2 throttled', '2 deduplicated'],
    '3 executed',
  ])
})
