import { describe, expect, it } from 'vitest'
import { checkMachine } from './machine.js'

const alert = {
  name: 'alert',
  initial_state: 'firing',
  states: ['firing', 'acknowledged', 'resolved', 'stale'],
  transitions: [
    { from: 'firing', to: 'acknowledged' },
    { from: 'acknowledged', to: 'resolved', notify: false },
    { from: 'firing', to: 'resolved' },
  ],
  timeouts: [{ state: 'firing', after_seconds: 3600, transition_to: 'stale' }],
}

it('compiles a machine into the moves of each state', () => {
  const { machine, issues } = checkMachine(alert)
  expect(issues).toEqual([])
  expect(machine).toMatchObject({ name: 'alert', initial: 'firing', retention_ms: 604_800_000 })
  expect(machine!.states['firing']).toEqual({
    to: { acknowledged: { notify: true }, resolved: { notify: true } },
    timeout: { after_ms: 3_600_000, to: 'stale', notify: true, restart_on_repeat: false },
    final: false,
  })
  expect(machine!.states['acknowledged']!.to).toEqual({ resolved: { notify: false } })
  expect(machine!.states['stale']).toEqual({ to: {}, timeout: null, final: true })
})

describe('refuses, with the place and what to do:', () => {
  const cases: [string, object, (string | number)[], RegExp][] = [
    ['an unknown initial state', { initial_state: 'fireing' }, ['initial_state'], /did you mean "firing"/],
    [
      'a transition to no state',
      { transitions: [{ from: 'firing', to: 'gone' }] },
      ['transitions', 0, 'to'],
      /its states are/,
    ],
    [
      'the same transition twice',
      { transitions: [...alert.transitions, { from: 'firing', to: 'resolved' }] },
      ['transitions', 3],
      /twice/,
    ],
    ['a state that nothing leads to', { states: [...alert.states, 'lost'] }, ['states', 4], /leads from "firing"/],
    ['two timeouts of one state', { timeouts: [...alert.timeouts, ...alert.timeouts] }, ['timeouts', 1], /twice/],
    ['an unknown name', { initial: 'firing' }, ['initial'], /did you mean "initial_state"/],
    [
      'a timeout of no time',
      { timeouts: [{ ...alert.timeouts[0], after_seconds: 0 }] },
      ['timeouts', 0, 'after_seconds'],
      /above 0/,
    ],
  ]
  it.each(cases)('%s', (_what, change, path, message) => {
    const { machine, issues } = checkMachine({ ...alert, ...change })
    expect(machine).toBeUndefined()
    expect(issues[0]!.path).toEqual(path)
    expect(issues[0]!.message).toMatch(message)
  })
})
