import type { Admission, Op } from '../store.js'
import type { Kept } from './memo.js'
import { admissionOf } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { listOf, numberOf, textOf } from './text.js'

interface Abandoned {
  partition: number
  position: number
  entry: string
}

/**
 * Takes over open work of owners whose lease has run out, by turns of the owners, each one's oldest first
 * (`StateStore.resume`): one call asks all partitions, and when something is found another takes it where it lies.
 */
export const resume = (step: Step, request: Op & { owner: number; limit: number }): Promise<Admission[]> =>
  step.memo.once<Admission[], Abandoned[]>(request, (kept) => takeOver(step, request, kept))

async function takeOver(
  step: Step,
  request: Op & { owner: number; limit: number },
  kept: Kept<Abandoned[]>,
): Promise<Admission[]> {
  const { owner, limit } = request
  const { server } = step
  const op = opOf(request)
  const turns = (kept.chosen ??= byTurns(await abandoned(step, request), limit))
  const taken = await Promise.all(
    [...new Set(turns.map(({ partition }) => partition))].map(async (partition) => {
      const chosen = turns.filter((one) => one.partition === partition).sort((a, b) => a.position - b.position)
      const rows = await server.run('resume', partition, { ...op, owner, entries: chosen.map(({ entry }) => entry) })
      return rows.slice(1).map((row, i) => ({ position: chosen[i]!.position, row: listOf(row) }))
    }),
  )
  return taken
    .flat()
    .filter(({ row }) => row.length > 0)
    .sort((a, b) => a.position - b.position)
    .map(({ row }) => admissionOf(row))
}

/** What may be taken over, by its owner. */
async function abandoned({ server }: Step, request: Op & { owner: number; limit: number }): Promise<Abandoned[][]> {
  const { owner, limit } = request
  const found = new Map<string, Abandoned[]>()
  const answers = await server.everywhere('abandoned', { ...opOf(request), owner, limit })
  for (const [partition, answer] of answers.entries())
    for (const one of answer.slice(1)) {
      const [other, flat] = listOf(one)
      const list = found.get(textOf(other)) ?? []
      found.set(textOf(other), list)
      const work = listOf(flat)
      for (let i = 0; i < work.length; i += 2)
        list.push({ partition, position: numberOf(work[i]), entry: textOf(work[i + 1]) })
    }
  return [...found.values()]
}

/** At most `limit`, one of each owner in turn, each one's oldest first. */
function byTurns(found: Abandoned[][], limit: number): Abandoned[] {
  const lists = found.map((list) => list.sort((a, b) => a.position - b.position))
  const turns: Abandoned[] = []
  for (let turn = 0; turns.length < limit && lists.some((list) => turn < list.length); turn++)
    for (const list of lists) if (turn < list.length && turns.length < limit) turns.push(list[turn]!)
  return turns
}
