import type { EntryRow } from './entries.js'
import { parsed } from './json.js'
import type { Hold, WorkRow } from './work.js'

/** An entry in the middle of its admission, known or new, and the unplanned work it goes on from. */
export interface Admitting {
  entry: EntryRow
  /** Open work of a due action that is planned anew. */
  unplanned: WorkRow | null
}

/** Keys that a due action was handed, and those that its new plan took. */
export function joined(unplanned: WorkRow | null, taken: Hold[]): Hold[] {
  const handed = unplanned?.holds == null ? [] : parsed<Hold[]>(unplanned.holds)
  return [...handed.filter(([key]) => !taken.some(([other]) => other === key)), ...taken]
}
