import type { TraceGate } from '../../audit/trace.js'
import type { StateStore } from '../store.js'
import { gatesControl } from './admit.js'
import { entryName } from './keys.js'
import type { Step } from './step.js'
import { parsed, textOf } from './text.js'

/**
 * What gates would say now. A gate's key lies in one partition; where no entry says which, all are asked, and the one
 * that knows the key decides.
 */
export async function peek(
  { server, settings }: Step,
  { entry: key, gates, now }: Parameters<StateStore['peek']>[0],
): Promise<TraceGate[]> {
  const asked = { ...(now !== undefined && { now }), gates: gatesControl(gates), retention: settings.idRetentionMs }
  if (key !== null) {
    const place = server.place(key)
    const [said] = await server.run('peek', place.partition, { ...asked, entry: entryName(place, key) })
    return parsed<TraceGate[]>(textOf(said))
  }
  const answers = (await server.everywhere('peek', asked)).map(([said]) => parsed<TraceGate[]>(textOf(said)))
  return answers[0]!.map((first, i) => answers.map((said) => said[i]!).reduce(knowing, first))
}

const knowing = (a: TraceGate, b: TraceGate): TraceGate =>
  (a.would === 'pass' && b.would === 'refuse') || (a.would === b.would && (b.used ?? 0) > (a.used ?? 0)) ? b : a
