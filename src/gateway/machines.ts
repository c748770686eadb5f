import { checkMachine, type StateMachineConfig } from '../events/machine.js'
import { ActeonError } from '../lib/errors.js'
import { pathText } from '../lib/validate.js'
import type { MachineTable } from '../state/plan.js'

/** A state machine as `[[state_machines]]` describes it, or one that was compiled already. */
export type StateMachine = StateMachineConfig | MachineTable

/**
 * Checks state machines and compiles them, by name.
 * @throws ActeonError CONFIG_INVALID with every fault: which machine, where in it, what was found and expected
 */
export function machinesOf(given: Iterable<StateMachine>): Map<string, MachineTable> {
  const machines = new Map<string, MachineTable>()
  const errors: string[] = []
  for (const [i, one] of [...given].entries()) {
    const { machine, issues } = isCompiled(one) ? { machine: one, issues: [] } : checkMachine(one)
    errors.push(...issues.map(({ path, message }) => `${pathText(['machines', i, ...path])}: ${message}`))
    if (machine === undefined) continue
    if (machines.has(machine.name))
      errors.push(`machines[${i}].name: two state machines are called "${machine.name}"; names must differ`)
    machines.set(machine.name, machine)
  }
  if (errors.length > 0)
    throw new ActeonError(
      'CONFIG_INVALID',
      `${errors[0]}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
      { errors },
    )
  return machines
}

const isCompiled = (machine: StateMachine): machine is MachineTable => !Array.isArray(machine.states)
