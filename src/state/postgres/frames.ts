import { outcomeToWire } from '../../action/outcome.js'
import { FRAMES_KEPT_MS, type Frame } from '../store.js'
import { outcomeOf } from './rows.js'
import type { Step } from './step.js'
import { composed, plain } from '../../lib/postgres-text.js'

interface FrameRow {
  xid: string
  pos: number
  at: number
  type: string
  namespace: string
  tenant: string
  data: string
}

const FORM = /^(\d{19})-(\d{16})$/
const idOf = (xid: string, pos: number): string => `${xid.padStart(19, '0')}-${String(pos).padStart(16, '0')}`

/** An outcome's frame keeps it as it is stored; on the wire it has its own form. */
function dataOf({ type, data }: FrameRow): Record<string, unknown> {
  const said = composed<Record<string, unknown>>(data)
  if (type !== 'action_dispatched') return said
  const {
    outcome: text,
    kind,
    duration_ms,
    ...rest
  } = JSON.parse(data) as Record<string, unknown> & { outcome: string }
  const outcome = outcomeOf(text)
  const reason = 'reason' in outcome ? outcome.reason : 'message' in outcome ? outcome.message : undefined
  return {
    ...plain(rest),
    outcome: outcomeToWire(outcome),
    ...(reason !== undefined && { reason }),
    duration_ms,
    ...(kind !== 'dispatch' && { kind }),
  }
}

/**
 * Frames after a position. A position is the number of the transaction that wrote it, and the order within it: those of a
 * transaction are shown once no earlier one can still commit, so that nothing appears behind a reader.
 */
export async function frames(
  { server }: Step,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ frames: Frame[]; lost: boolean; last: string }> {
  const form = after === null ? null : FORM.exec(after)
  const answer = await server.call<{ frames: FrameRow[]; lost: boolean; last_xid: string; last_pos: number }>(
    'frames',
    {
      now: server.now(),
      after: after === null ? null : form === null ? 'none of this log' : [String(BigInt(form[1]!)), form[2]],
      limit,
      kept_ms: FRAMES_KEPT_MS,
    },
  )
  return {
    frames: answer.frames.map((row) => {
      const { type, namespace, tenant } = plain(row)
      return { id: idOf(row.xid, row.pos), at: row.at, type, namespace, tenant, data: dataOf(row) }
    }),
    lost: answer.lost,
    last: idOf(answer.last_xid, answer.last_pos),
  }
}
