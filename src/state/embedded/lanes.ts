import type { Admission } from '../store.js'
import type { Step } from './step.js'
import { QUEUED, take, type WorkRow } from './work.js'

interface Lane {
  namespace: string
  tenant: string
  lane: string
}

/** Whether others are open in a lane, so that the next one must queue. */
export const isLaneTaken = ({ sql }: Step, { namespace, tenant, lane }: Lane): boolean =>
  sql.get('SELECT 1 FROM work WHERE lane = ? AND tenant = ? AND namespace = ?', lane, tenant, namespace) !== undefined

/** Someone enters a lane: whoever was in it before, and failed for good, or yet will, cannot be sent again after him. */
export function overtake({ sql }: Step, { namespace, tenant, lane }: Lane): void {
  sql.run(
    'UPDATE work SET overtaken = 1 WHERE lane = ? AND tenant = ? AND namespace = ? AND overtaken = 0',
    lane,
    tenant,
    namespace,
  )
  sql.run(
    'UPDATE dead_letter SET superseded = 1 WHERE lane = ? AND tenant = ? AND namespace = ? AND superseded = 0',
    lane,
    tenant,
    namespace,
  )
}

/** Gives the lane's next one to the owner, when its head is waiting for that. */
export function advanceLane(
  step: Step,
  { namespace, tenant, lane }: { namespace: string; tenant: string; lane: string | null },
  owner: number,
): Admission[] {
  if (lane === null) return []
  const head = step.sql.get<WorkRow>(
    'SELECT * FROM work WHERE lane = ? AND tenant = ? AND namespace = ? ORDER BY pos LIMIT 1',
    lane,
    tenant,
    namespace,
  )
  return head?.status === QUEUED ? [take(step, head, owner)] : []
}
