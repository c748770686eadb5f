import { LEASE_MS, type Admission, type Lease, type NodeInfo, type Op } from '../store.js'
import { admissionOf, type AdmissionRow } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { plain } from '../../lib/postgres-text.js'

export const join = ({ server }: Step, request: Op & { node: string }): Promise<Lease> =>
  server.call('join', { ...opOf(request, server), node: request.node, lease_ms: LEASE_MS })

export const renew = (
  { server }: Step,
  request: Op & { owner: number },
): Promise<Lease | { expired: true; now: number }> =>
  server.call('renew', { ...opOf(request, server), owner: request.owner, lease_ms: LEASE_MS })

export async function leave({ server }: Step, request: Op & { owner: number }): Promise<void> {
  await server.call('leave', { ...opOf(request, server), owner: request.owner })
}

/** Nodes whose lease holds, and those of the last hour. */
export async function nodes({ server }: Step): Promise<NodeInfo[]> {
  const rows = await server.read<{ row: NodeInfo }>(
    'SELECT to_jsonb(n) AS row FROM acteon.node n WHERE lease_until > acteon.time_now($1) - 3600000 ORDER BY owner',
    [server.now() ?? null],
  )
  return rows.map(({ row }) => plain(row))
}

/** Takes over open work of owners whose lease has run out. */
export async function resume({ server }: Step, request: Op & { owner: number; limit: number }): Promise<Admission[]> {
  const { owner, limit } = request
  const { admissions } = await server.call<{ admissions: AdmissionRow[] }>('resume', {
    ...opOf(request, server),
    owner,
    limit,
  })
  return admissions.map(admissionOf)
}
