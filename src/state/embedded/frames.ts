import { outcomeToWire, withoutAnswer } from '../../action/outcome.js'
import type { AuditEntry } from '../../audit/record.js'
import { FRAMES_KEPT, FRAMES_KEPT_MS, type Frame } from '../store.js'
import { parsed } from './json.js'
import type { Step } from './step.js'

const idOf = (pos: number): string => String(pos).padStart(16, '0')

interface FrameRow {
  pos: number
  at: number
  type: string
  namespace: string
  tenant: string
  data: string
}

/** Appends to the event log, as part of the step that it tells of. */
export function addFrame(
  { sql, counters, now }: Step,
  type: string,
  { namespace, tenant }: { namespace: string; tenant: string },
  data: Record<string, unknown>,
): void {
  sql.run(
    'INSERT INTO frame VALUES (?, ?, ?, ?, ?, ?)',
    ++counters.frame,
    now,
    type,
    namespace,
    tenant,
    JSON.stringify(data),
  )
}

/** Tells that an action has its outcome; `entry` is what goes on record. */
export function announceOutcome(step: Step, { draft, decision }: AuditEntry): void {
  const { outcome, refused_by } = decision
  const reason = 'reason' in outcome ? outcome.reason : 'message' in outcome ? outcome.message : undefined
  addFrame(step, 'action_dispatched', draft, {
    action_type: draft.action_type,
    action_id: draft.action_id,
    outcome: outcomeToWire(withoutAnswer(outcome)),
    provider: draft.provider,
    verdict: refused_by?.verdict ?? draft.verdict,
    matched_rule: refused_by?.rule ?? draft.matched_rule,
    ...(reason !== undefined && { reason }),
    duration_ms: Math.max(0, decision.completed_at - decision.dispatched_at),
    ...(draft.kind !== 'dispatch' && { kind: draft.kind }),
  })
}

/** Frames after a position, and the newest position of all; `lost` when it is none of this log's, or what follows it is no longer kept. */
export function frames(
  { sql, counters, now }: Step,
  { after, limit }: { after: string | null; limit: number },
): { frames: Frame[]; lost: boolean; last: string } {
  const oldest = firstKept({ sql, counters, now })
  const asked = after === null ? oldest - 1 : /^\d{16}$/.test(after) ? Number(after) : -1
  const lost = asked < oldest - 1 || asked > counters.frame
  const from = lost ? oldest - 1 : asked
  const rows = sql.all<FrameRow>('SELECT * FROM frame WHERE pos > ? ORDER BY pos LIMIT ?', from, limit)
  return {
    frames: rows.map(({ pos, data, ...rest }) => ({ ...rest, id: idOf(pos), data: parsed(data) })),
    lost,
    last: idOf(counters.frame),
  }
}

/** Where what is still kept begins; what lies before it, and was not removed yet, is as good as gone. */
function firstKept({ sql, counters, now }: Pick<Step, 'sql' | 'counters' | 'now'>): number {
  const first = sql.get<{ pos: number }>('SELECT pos FROM frame ORDER BY pos LIMIT 1')?.pos
  if (first === undefined) return counters.frame + 1
  const byCount = Math.max(first, counters.frame - FRAMES_KEPT + 1)
  const cut = now - FRAMES_KEPT_MS
  const at = (pos: number): number => sql.get<{ at: number }>('SELECT at FROM frame WHERE pos = ?', pos)!.at
  // Times grow with positions, so the first that is young enough is found by halving.
  let [low, high] = [byCount, counters.frame + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (at(middle) > cut) high = middle
    else low = middle + 1
  }
  return low
}

/** Removes at most `limit` frames that are kept no longer; how many. */
export function forgetFrames(step: Step, limit: number): number {
  const { sql } = step
  const oldest = firstKept(step)
  return sql.run(
    'DELETE FROM frame WHERE pos IN (SELECT pos FROM frame WHERE pos < ? ORDER BY pos LIMIT ?)',
    oldest,
    limit,
  )
}
