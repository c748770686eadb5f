import { remember, remembered } from '../lib/remembered.ts'

const KEY = 'acteon.visits'
/** Who comes back sooner is still on the same visit. */
const APART_MS = 30 * 60_000
const NOTED_EVERY_MS = 60_000

interface Visits {
  /** When this browser last had a page open, milliseconds since 1970. */
  last: number
  /** When the visit before this one ended; null: it is the first. */
  before: number | null
}

let before: number | null = null

/** Notes that somebody is here, from now on each minute, in this browser alone. */
export function noteVisit(): void {
  const known = remembered<Visits>(KEY)
  const now = Date.now()
  before = known === undefined ? null : now - known.last > APART_MS ? known.last : known.before
  const note = (): void => remember(KEY, { last: Date.now(), before } satisfies Visits)
  note()
  setInterval(() => {
    if (!document.hidden) note()
  }, NOTED_EVERY_MS)
  addEventListener('pagehide', note)
}

/** When the visit before this one ended, milliseconds since 1970; null: none is known. */
export const lastVisit = (): number | null => before
