import { entersOf } from '../decisions.js'
import type { MachineTable } from '../plan.js'

/** A machine as functions read it. */
export const machineOf = (machine: MachineTable) => ({
  name: machine.name,
  initial: machine.initial,
  retention_ms: machine.retention_ms,
  enter: entersOf(machine),
  moves: Object.fromEntries(Object.entries(machine.states).map(([state, { to }]) => [state, to])),
})

/** Machines by name. */
export const machinesOf = (machines: Record<string, MachineTable>): object =>
  Object.fromEntries(Object.entries(machines).map(([name, machine]) => [name, machineOf(machine)]))
