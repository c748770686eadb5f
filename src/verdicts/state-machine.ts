import { Type } from 'typebox'
import type { Action } from '../action/action.js'
import { fingerprintOf } from '../events/fingerprint.js'
import { isObject } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { defineVerdict } from '../rules/verdict.js'
import { pathProblems, Paths } from './fields.js'

/** Tracks what the action is about through a lifecycle (spec section 4). */
export const stateMachine = defineVerdict({
  type: 'state_machine',
  word: 'state_machine',
  kind: 'ending',
  describes: 'Tracks what the action is about through a lifecycle.',
  schema: Type.Object({
    state_machine: Type.String({ description: 'The name of a [[state_machines]] entry.' }),
    fingerprint_fields: Paths('What makes two actions be about the same thing.'),
  }),
  check(config, names) {
    const problems: { field: keyof typeof config & string; at?: number; message: string; suggestion?: string }[] = [
      ...pathProblems('fingerprint_fields', config.fingerprint_fields, names),
    ]
    const { machines } = names
    if (machines !== undefined && !machines.has(config.state_machine)) {
      const suggestion = nearest(config.state_machine, machines.keys())
      const known =
        machines.size === 0
          ? 'the configuration has no [[state_machines]]'
          : `[[state_machines]] has ${[...machines.keys()].join(', ')}`
      problems.push({
        field: 'state_machine',
        message: `unknown state machine "${config.state_machine}"; ${suggestion === undefined ? known : `did you mean "${suggestion}"?`}`,
        ...(suggestion !== undefined && { suggestion }),
      })
    }
    return problems
  },
  // An event is there until something closes it.
  remembersMs: () => Infinity,
  ending({ state_machine, fingerprint_fields }, given) {
    const machine = given.machines.get(state_machine)
    const { action } = given
    if (machine === undefined)
      return {
        kind: 'answer',
        outcome: {
          type: 'Failed',
          code: 'RULE_ERROR',
          message: `Rule "${given.rule}" names the state machine "${state_machine}", which is not configured.`,
          retryable: false,
          attempts: 0,
        },
      }
    const deliver = given.planned()
    return {
      kind: 'transition',
      rule: given.rule,
      fingerprint: fingerprintOf(action, fingerprint_fields.map(given.path)),
      machine,
      status: action.status ?? null,
      action_type: action.action_type,
      labels: action.metadata,
      severity: severityOf(action),
      deliver,
      draft: given.draft(deliver),
    }
  },
})

function severityOf({ payload, metadata }: Action): string | null {
  const told = isObject(payload) && Object.hasOwn(payload, 'severity') ? payload['severity'] : undefined
  if (typeof told === 'string') return told
  return Object.hasOwn(metadata, 'severity') ? metadata['severity']! : null
}
