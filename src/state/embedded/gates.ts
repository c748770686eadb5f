import { toWireDuration, type Outcome } from '../../action/outcome.js'
import type { TraceGate } from '../../audit/trace.js'
import type { Gate, ReservationGate } from '../plan.js'
import { countDuplicate, reservationAt, reserve, type Holder, type ReservationRow } from './reservations.js'
import type { Step } from './step.js'
import { passWindow, readWindow, type WindowReading } from './windows.js'
import type { Hold } from './work.js'

/** What a gate says now, and what was read for it, so that taking it reads nothing again. */
type Reading = { gate: Gate; trace: TraceGate } & (
  { gate: ReservationGate; row: ReservationRow | undefined } | { window: WindowReading }
)

export interface Checked {
  readings: Reading[]
  /** The first that refuses, in plan order; nothing after it was looked at, unless all were asked for. */
  refusing: Reading | null
}

/** Looks at gates for an entry (null: one that is new), and takes nothing. */
export function checkGates(step: Step, gates: Gate[], entry: number | null, all = false): Checked {
  const readings: Reading[] = []
  let refusing: Reading | null = null
  for (const gate of distinct(gates)) {
    const reading = look(step, gate, entry)
    readings.push(reading)
    if (reading.trace.would === 'pass' || refusing !== null) continue
    refusing = reading
    if (!all) break
  }
  return { readings, refusing }
}

/** Equal keys of one plan are one gate. */
const distinct = (gates: Gate[]): Gate[] =>
  gates.length < 2 ? gates : [...new Map(gates.map((gate) => [`${gate.kind} ${gate.key}`, gate])).values()]

function look(step: Step, gate: Gate, entry: number | null): Reading {
  const { rule, verdict } = gate
  if (gate.kind === 'window') {
    const window = readWindow(step, gate)
    const full = window.retryAfterMs !== null
    const trace: TraceGate = { rule, verdict, would: full ? 'refuse' : 'pass', used: window.used, limit: gate.limit }
    if (window.retryAfterMs !== null) trace.retry_after_ms = window.retryAfterMs
    return { gate, trace, window }
  }
  const { row, heldBy } = reservationAt(step, gate.key, entry)
  const trace: TraceGate = { rule, verdict, would: heldBy === null ? 'pass' : 'refuse' }
  if (heldBy !== null) trace.holder = heldBy
  return { gate, trace, row }
}

/** The outcome that a gate's refusal is. */
export function refusalOf({ gate, trace }: Reading): Outcome {
  if (gate.kind === 'reservation') return { type: 'Deduplicated' }
  return {
    type: 'Throttled',
    retry_after: toWireDuration(trace.retry_after_ms ?? 0),
    rule: gate.rule,
    ...(gate.message !== undefined && { message: gate.message }),
  }
}

/** Remembers a duplicate with the key that refused it. */
export function countRefusal(step: Step, { gate }: Reading, id: string): void {
  if (gate.kind === 'reservation') countDuplicate(step, gate.key, id)
}

/** How many reservations more there will be when these are taken. */
export const newReservations = ({ readings }: Checked): number =>
  readings.filter((reading) => 'row' in reading && reading.row === undefined).length

/** Takes every gate; the reservations among them. */
export function takeGates(step: Step, { readings }: Checked, holder: Holder): Hold[] {
  const holds: Hold[] = []
  for (const reading of readings) {
    if ('window' in reading) passWindow(step, reading.window)
    else {
      reserve(step, reading.gate, reading.row, holder)
      holds.push([reading.gate.key, reading.gate.on_failure === 'keep'])
    }
  }
  return holds
}
