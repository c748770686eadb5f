import type { Shape } from '../../api/client.ts'

/** A time in which a circuit was not closed. */
export interface Incident {
  openedMs: number
  /** Null: it is not over. */
  closedMs: number | null
  /** Why it opened. */
  why: string
  /** Who opened it by hand. */
  by: string | null
}

type Change = Pick<Shape['AuditRecord'], 'dispatched_at' | 'verdict_details' | 'caller_id'>

const WHY: Readonly<Record<string, string>> = {
  failures: 'too many calls failed',
  probe: 'a try failed',
  by_hand: 'by hand',
}

/** What a circuit went through, the latest first. @param changes its records, newest first */
export function incidentsOf(changes: readonly Change[]): Incident[] {
  const incidents: Incident[] = []
  for (const { dispatched_at, verdict_details, caller_id } of changes.toReversed()) {
    const { state, why = '' } = (verdict_details ?? {}) as { state?: string; why?: string }
    const at = Date.parse(dispatched_at)
    const current = incidents.at(-1)
    const isOpen = current?.closedMs === null
    if (state === 'closed' && isOpen) current.closedMs = at
    else if (state === 'open' && !isOpen)
      incidents.push({
        ...{ openedMs: at, closedMs: null, why: WHY[why] ?? why },
        by: why === 'by_hand' ? caller_id : null,
      })
  }
  return incidents.toReversed()
}
