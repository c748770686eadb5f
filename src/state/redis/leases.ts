import type { Lease, NodeInfo, Op } from '../store.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, parsed, textOf } from './text.js'

const LISTED_MS = 3_600_000

/** A new incarnation: its number is global, its lease lies in every partition, on that partition's clock. */
export const join = (step: Step, request: Op & { node: string }): Promise<Lease> =>
  step.memo.once(request, async () => {
    const asked = { ...opOf(request), what: 'join', node: request.node }
    const owner = numberOf((await step.server.run('incarnation', 'global', asked))[1])
    const { lease } = await inAll(step, request, owner, 'join')
    return lease
  })

/** Extends the lease in all partitions; it counts from where it was extended first. */
export const renew = (step: Step, request: Op & { owner: number }): Promise<Lease | { expired: true; now: number }> =>
  step.memo.once(request, async () => {
    const { owner } = request
    const [{ lease, held, of }] = await Promise.all([
      inAll(step, request, owner, 'renew'),
      tell(step, request, 'renew'),
    ])
    if (held === of) return lease
    // What was extended elsewhere would only keep others from the work.
    if (held > 0) await inAll(step, request, owner, 'leave')
    return { expired: true, now: lease.now }
  })

export const leave = (step: Step, request: Op & { owner: number }): Promise<void> =>
  step.memo.once(request, async () => {
    await Promise.all([inAll(step, request, request.owner, 'leave'), tell(step, request, 'leave')])
  })

const tell = ({ server }: Step, request: Op & { owner: number }, what: 'renew' | 'leave') =>
  server.run('incarnation', 'global', { ...opOf(request), what, owner: request.owner })

async function inAll({ server }: Step, op: Op, owner: number, what: 'join' | 'renew' | 'leave') {
  const answers = await server.everywhere('lease', { ...opOf(op), owner, what })
  const held = answers.filter(([said]) => said === 'held')
  const now = Math.min(...answers.map(([, at]) => numberOf(at)))
  // Where a lease has run out already (a sending that came late), it ends for all.
  const lease_until = Math.min(...answers.map(([, at, until]) => numberOf(until ?? at)))
  return { lease: { owner, now, lease_until }, held: held.length, of: answers.length }
}

export async function nodes({ server }: Step): Promise<NodeInfo[]> {
  const [now, ...told] = await server.run('nodes', 'global', {})
  return told
    .map((text) => parsed<NodeInfo>(textOf(text)))
    .filter(({ lease_until }) => lease_until > numberOf(now) - LISTED_MS)
    .sort((a, b) => a.owner - b.owner)
}
