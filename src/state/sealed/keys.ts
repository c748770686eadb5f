import { ActeonError } from '../../lib/errors.js'
import type { Sealer } from '../../lib/seal.js'
import type { Op, StateStore } from '../store.js'

/** The record of the store that names the keys that something in it, or in its audit, may be sealed with. */
const KIND = 'sealing'
const NAME = 'keys'

type Records = Pick<StateStore, 'readRecord' | 'casRecord'>

const kidsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((kid): kid is string => typeof kid === 'string') : []

/** Keys that the store says something may be sealed with. */
export const usedKeys = async (state: Records): Promise<string[]> => kidsOf((await state.readRecord(KIND, NAME))?.value)

/** Changes the list, however many nodes do so at once. */
async function change(state: Records, op: () => Op, next: (kids: string[]) => string[]): Promise<string[]> {
  for (;;) {
    const stored = await state.readRecord(KIND, NAME)
    const before = kidsOf(stored?.value)
    const after = next(before)
    if (after.length === before.length && after.every((kid) => before.includes(kid))) return after
    const written = await state.casRecord({
      ...op(),
      kind: KIND,
      name: NAME,
      version: stored?.version ?? 0,
      value: after.length === 0 ? null : after,
    })
    if (written.kind !== 'conflict') return after
  }
}

/**
 * Checks at start that everything in the store can be opened, and notes the key that seals from now on, before the first
 * thing is sealed with it.
 * @returns the keys that something may still be sealed with, the present one included
 * @throws ActeonError CONFIG_INVALID when a key that the store needs is not configured
 */
export async function enterKeys(state: Records, sealer: Sealer, op: () => Op): Promise<string[]> {
  const missing = (await usedKeys(state)).filter((kid) => !sealer.kids.includes(kid))
  if (missing.length > 0)
    throw new ActeonError(
      'CONFIG_INVALID',
      `[encryption] keys: the store holds payloads that are sealed with key ${missing.join(', ')}, and ${sealer.seals ? `there ${sealer.kids.length === 1 ? 'is only' : 'are'} ${sealer.kids.join(', ')}` : 'no key is configured'}. Add the missing key behind the first; once the gateway says that nothing needs it any more it can go.`,
      { missing },
    )
  if (!sealer.seals) return []
  return change(state, op, (kids) => [...new Set([sealer.kids[0]!, ...kids])])
}

/** Says that nothing is sealed with older keys any more. */
export const leaveKeys = (state: Records, sealer: Sealer, op: () => Op, older: readonly string[]): Promise<string[]> =>
  change(state, op, (kids) => kids.filter((kid) => kid === sealer.kids[0] || !older.includes(kid)))
