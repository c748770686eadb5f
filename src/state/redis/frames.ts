import { outcomeToWire, type Outcome } from '../../action/outcome.js'
import type { Frame } from '../store.js'
import { logBegins } from './found.js'
import type { Server } from './server.js'
import type { Step } from './step.js'
import { listOf, numberOf, parsed, rowOf, textOf, type Reply } from './text.js'

const idOf = (position: number): string => String(position).padStart(16, '0')

/**
 * Frames of all partitions after a position, in one order (`StateStore.frames`). Each partition numbers its frames by
 * time, and no two partitions give the same number. First all say where their logs end; the furthest end is how far this
 * call reads. Then all of them are raised to it, so that whatever they append later comes after it, and give what they
 * have up to it. So nothing can appear before a position that was handed out.
 */
export async function frames(
  { server }: Step,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ frames: Frame[]; lost: boolean; last: string }> {
  const { begin, heads, upto } = await ends(server)
  const from = after === null ? 0 : /^\d{16}$/.test(after) ? Number(after) : NaN
  const isLost = (cuts: number[]): boolean => after !== null && cuts.some((cut) => cut > from)
  const unknown = !(after === null || (from >= begin && from <= upto))
  let lost = unknown || isLost(heads.map(({ cut }) => cut))
  const start = lost ? 0 : from
  if (start >= upto) return { frames: [], lost, last: idOf(upto) }

  const asking = [...heads.keys()].filter(
    (partition) => heads[partition]!.end > start || heads[partition]!.given < upto,
  )
  const answers = await Promise.all(
    asking.map((partition) => server.run('frames', partition, { after: start, upto, limit })),
  )
  lost ||= isLost(answers.map(([cut]) => Number(cut)))
  const found = answers
    .flatMap((answer) => answer.slice(1))
    .map(frameOf)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return { frames: found.slice(0, limit), lost, last: idOf(upto) }
}

interface Head {
  end: number
  given: number
  cut: number
}

/** Where the log begins, where those of the partitions end, and the furthest of their ends. */
async function ends(server: Server): Promise<{ begin: number; heads: Head[]; upto: number }> {
  const [begin, answers] = await Promise.all([logBegins(server), server.everywhere('heads', {})])
  const heads = answers.map(([end, given, cut]) => ({ end: numberOf(end), given: numberOf(given), cut: numberOf(cut) }))
  return { begin, heads, upto: Math.max(begin, ...heads.map(({ end }) => end)) }
}

/** The newest position of all. */
export const lastFrame = async (server: Server): Promise<string> => idOf((await ends(server)).upto)

export const positionOf = (entry: Reply): { position: number; fields: Record<string, string> } => {
  const [id, fields] = listOf(entry)
  return { position: Number(textOf(id).slice(0, -'-0'.length)), fields: rowOf(fields)! }
}

function frameOf(entry: Reply): Frame {
  const { position, fields } = positionOf(entry)
  const data = parsed<Record<string, unknown>>(fields['data']!)
  return {
    id: idOf(position),
    at: Number(fields['at']),
    type: fields['type']!,
    namespace: fields['ns']!,
    tenant: fields['tn']!,
    data: fields['outcome'] === '' ? data : withOutcome(data, parsed<Outcome>(fields['outcome']!)),
  }
}

function withOutcome(data: Record<string, unknown>, outcome: Outcome): Record<string, unknown> {
  const reason = 'reason' in outcome ? outcome.reason : 'message' in outcome ? outcome.message : undefined
  return { ...data, outcome: outcomeToWire(outcome), ...(reason !== undefined && { reason }) }
}
