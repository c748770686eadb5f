import { describe, expect, it } from 'vitest'
import { columnsOf, dueOf, machinesOf, movesOf, openOf, sentenceOf, type Event } from './events.ts'

const event = (fingerprint: string, more: Partial<Event> = {}): Event =>
  ({
    fingerprint,
    tenant: 'acme',
    namespace: 'payments',
    state: 'firing',
    state_machine: 'alert',
    active: true,
    severity: 'high',
    version: 1,
    labels: {},
    updated_at: '2026-01-01T00:00:00Z',
    opened_at: '2026-01-01T00:00:00Z',
    next_timeout: null,
    ...more,
  }) as Event
const machines = machinesOf({
  state_machines: [
    {
      name: 'alert',
      states: {
        firing: { to: { acknowledged: {} }, final: false },
        acknowledged: { to: { resolved: {} }, final: false },
        resolved: { to: {}, final: true },
      },
    },
  ],
})
const now = Date.parse('2026-01-01T00:10:00Z')

describe('the board of events', () => {
  it('has a column for each state of the machine, the worst and oldest first, what is over last', () => {
    const columns = columnsOf(
      [
        event('a', { severity: 'low' }),
        event('b', { severity: 'critical' }),
        event('c', { state: 'resolved', active: false }),
      ],
      machines,
    )
    expect(columns.map(({ state, events }) => [state, events.map(({ fingerprint }) => fingerprint)])).toEqual([
      ['firing', ['b', 'a']],
      ['acknowledged', []],
      ['resolved', ['c']],
    ])
  })

  it('refuses moves that the machine does not have, and says where it leads', () => {
    expect(movesOf(event('a'), machines, [], undefined)).toEqual([
      { to: 'acknowledged', refused: undefined },
      { to: 'resolved', refused: 'alert does not lead from firing to resolved; it leads to acknowledged.' },
    ])
  })

  it('offers the states that were seen where the machine is not shown, and lets the server decide', () => {
    expect(movesOf(event('a'), machinesOf(null), ['firing', 'resolved'], undefined)).toEqual([
      { to: 'resolved', refused: undefined },
    ])
  })

  it('refuses every move for the reason that the person lacks the right', () => {
    expect(movesOf(event('a'), machines, [], 'no right').map(({ refused }) => refused)).toEqual([
      'no right',
      'no right',
    ])
  })

  it('tells events with one fingerprint in two namespaces apart', () => {
    const other = event('a', { namespace: 'platform' })
    expect(openOf([event('a'), other], { open: 'a', ns: 'platform' })).toBe(other)
  })
})

describe('the sentence over the events', () => {
  it('counts what nobody has moved yet', () => {
    const moved = event('b', { version: 2, updated_at: '2026-01-01T00:05:00Z', changed_by: 'ada' })
    expect(sentenceOf([event('a'), moved], now)).toBe('1 event needs an owner. The oldest has been firing for 10 min.')
    expect(sentenceOf([moved], now)).toBe('1 event is open, and somebody moved each of them.')
    // Opened anew, or moved by time alone: nobody has it.
    const reopened = event('b', { version: 4, opened_at: '2026-01-01T00:05:00Z', updated_at: '2026-01-01T00:05:00Z' })
    for (const one of [reopened, { ...moved, changed_by: 'timeout' }])
      expect(sentenceOf([one], now)).toContain('1 event needs an owner.')
    expect(sentenceOf([event('b', { active: false })], now)).toBe('Nothing is open. 1 event is over.')
  })
})

describe('a timeout', () => {
  it('says what comes when, and how far it is', () => {
    expect(dueOf(event('a', { next_timeout: { at: '2026-01-01T00:20:00Z', to: 'stale' } }), now)).toEqual({
      part: 0.5,
      text: 'becomes stale in 10 min',
    })
    expect(dueOf(event('a', { next_timeout: { at: '2026-01-01T00:09:00Z', to: 'stale' } }), now)?.text).toBe(
      'stale is overdue for 1 min',
    )
  })
})
