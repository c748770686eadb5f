import { Type, type Static } from 'typebox'
import { nearest } from '../lib/suggest.js'
import { compile, type Issue } from '../lib/validate.js'
import type { MachineState, MachineTable } from '../state/plan.js'

const closed = { additionalProperties: false }
const StateName = (description: string) =>
  Type.String({ minLength: 1, maxLength: 256, errorMessage: 'expected the name of a state', description })

/** One `[[state_machines]]` table of the configuration. */
export const StateMachineConfig = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256, description: 'What rules call it.' }),
    initial_state: StateName('Where an event begins when the action has no status.'),
    states: Type.Array(StateName('A state.'), { minItems: 1, description: 'All states.' }),
    transitions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            from: StateName('The state that is left.'),
            to: StateName('The state that is entered.'),
            notify: Type.Optional(
              Type.Boolean({ default: true, description: 'Whether entering by this transition sends a notification.' }),
            ),
          },
          closed,
        ),
        { description: 'Moves that an action or a person may make.' },
      ),
    ),
    timeouts: Type.Optional(
      Type.Array(
        Type.Object(
          {
            state: StateName('The state that must not last.'),
            after_seconds: Type.Number({ exclusiveMinimum: 0, description: 'How long it may last.' }),
            transition_to: StateName('The state that is entered then; it needs no entry in transitions.'),
            notify: Type.Optional(Type.Boolean({ default: true, description: 'Whether that sends a notification.' })),
            restart_on_repeat: Type.Optional(
              Type.Boolean({ default: false, description: 'Whether a repetition starts the time anew.' }),
            ),
          },
          closed,
        ),
        { description: 'Moves that time makes.' },
      ),
    ),
    retention_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, default: 604_800, description: 'How long a closed event is kept; 7 days.' }),
    ),
  },
  { ...closed, title: 'StateMachine' },
)
export type StateMachineConfig = Static<typeof StateMachineConfig>

const checkShape = compile(StateMachineConfig)
const DEFAULT_RETENTION_SECONDS = 604_800

/**
 * Checks one state machine and compiles it into what a store needs to decide a transition.
 * @returns the machine, or what is wrong with it, with paths into the entry
 */
export function checkMachine(entry: unknown): { machine?: MachineTable; issues: Issue[] } {
  const shape = checkShape(entry)
  if (!shape.ok) return { issues: shape.issues }
  const config = shape.value
  const issues = [...duplicates(config), ...unknownStates(config)]
  if (issues.length > 0) return { issues }
  const unreachable = unreachableStates(config)
  if (unreachable.length > 0) return { issues: unreachable }
  return { machine: tableOf(config), issues: [] }
}

function duplicates({ states, transitions = [], timeouts = [] }: StateMachineConfig): Issue[] {
  const issues: Issue[] = []
  const once = (list: string, names: string[], what: (name: string) => string): void => {
    for (const [i, name] of names.entries())
      if (names.indexOf(name) !== i) issues.push({ path: [list, i], message: `${what(name)} is there twice` })
  }
  const moves = transitions.map(({ from, to }) => `"${from}" to "${to}"`)
  once('states', states, (name) => `state "${name}"`)
  once('transitions', moves, (move) => `the transition from ${move}`)
  once(
    'timeouts',
    timeouts.map(({ state }) => state),
    (state) => `a timeout of state "${state}"`,
  )
  return issues
}

function unknownStates({ states, initial_state, transitions = [], timeouts = [] }: StateMachineConfig): Issue[] {
  const named: [(string | number)[], string][] = [
    [['initial_state'], initial_state],
    ...transitions.flatMap(({ from, to }, i): [(string | number)[], string][] => [
      [['transitions', i, 'from'], from],
      [['transitions', i, 'to'], to],
    ]),
    ...timeouts.flatMap(({ state, transition_to }, i): [(string | number)[], string][] => [
      [['timeouts', i, 'state'], state],
      [['timeouts', i, 'transition_to'], transition_to],
    ]),
  ]
  return named
    .filter(([, name]) => !states.includes(name))
    .map(([path, name]) => {
      const suggestion = nearest(name, states)
      const hint =
        suggestion === undefined ? `; its states are ${states.join(', ')}` : `; did you mean "${suggestion}"?`
      return { path, message: `unknown state "${name}"${hint}`, ...(suggestion !== undefined && { suggestion }) }
    })
}

/** A state must be reached from the initial one by transitions and timeouts, else no event could ever be in it. */
function unreachableStates({ states, initial_state, transitions = [], timeouts = [] }: StateMachineConfig): Issue[] {
  const moves = [...transitions, ...timeouts.map(({ state, transition_to }) => ({ from: state, to: transition_to }))]
  const reached = new Set([initial_state])
  for (const state of reached) for (const { from, to } of moves) if (from === state) reached.add(to)
  return states.flatMap((state, i) =>
    reached.has(state)
      ? []
      : [
          {
            path: ['states', i],
            message: `no transition or timeout leads from "${initial_state}" to state "${state}"`,
          },
        ],
  )
}

function tableOf(config: StateMachineConfig): MachineTable {
  const { transitions = [], timeouts = [], retention_seconds = DEFAULT_RETENTION_SECONDS } = config
  const states = config.states.map((name): [string, MachineState] => {
    const moves = transitions.filter(({ from }) => from === name)
    const timeout = timeouts.find(({ state }) => state === name)
    return [
      name,
      {
        to: Object.fromEntries(moves.map(({ to, notify = true }) => [to, { notify }])),
        timeout:
          timeout === undefined
            ? null
            : {
                after_ms: timeout.after_seconds * 1_000,
                to: timeout.transition_to,
                notify: timeout.notify ?? true,
                restart_on_repeat: timeout.restart_on_repeat ?? false,
              },
        final: moves.length === 0 && timeout === undefined,
      },
    ]
  })
  return {
    name: config.name,
    initial: config.initial_state,
    retention_ms: retention_seconds * 1_000,
    states: Object.fromEntries(states),
  }
}
