import { expect, it } from 'vitest'
import { incidentsOf } from './incidents.js'

const change = (minute: number, state: string, why: string, caller_id = 'node-1') => ({
  dispatched_at: new Date(Date.UTC(2026, 0, 1, 3, minute)).toISOString(),
  verdict_details: { state, why },
  caller_id,
})
const at = (minute: number): number => Date.UTC(2026, 0, 1, 3, minute)

it('an incident lasts from when a circuit opens until it is closed, whatever was tried meanwhile', () => {
  const changes = [
    change(0, 'open', 'failures'),
    change(1, 'half_open', 'probe'),
    change(1, 'open', 'probe'),
    change(3, 'half_open', 'probe'),
    change(3, 'closed', 'probe'),
    change(9, 'open', 'by_hand', 'anna'),
  ]
  expect(incidentsOf(changes.toReversed())).toEqual([
    { openedMs: at(9), closedMs: null, why: 'by hand', by: 'anna' },
    { openedMs: at(0), closedMs: at(3), why: 'too many calls failed', by: null },
  ])
})

it('what began before the records does not count, and closing what is closed says nothing', () => {
  expect(incidentsOf([change(2, 'closed', 'by_hand'), change(1, 'closed', 'probe')])).toEqual([])
})
