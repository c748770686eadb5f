import { entersOf } from '../decisions.js'
import type { MachineTable } from '../plan.js'

/** Machines for what moves by itself or by hand; `moves` only where a hand may move. */
export const machinesOf = (machines: Record<string, MachineTable>, moves: boolean) =>
  Object.fromEntries(
    Object.entries(machines).map(([name, machine]) => [
      name,
      {
        retention_ms: machine.retention_ms,
        enter: entersOf(machine),
        ...(moves && {
          moves: Object.fromEntries(Object.entries(machine.states).map(([state, { to }]) => [state, to])),
        }),
      },
    ]),
  )
