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

function read(): Visits | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Visits | null
  } catch {
    // Storage may be forbidden; then no visit is known.
    return null
  }
}
const keep = (visits: Visits): void => {
  try {
    localStorage.setItem(KEY, JSON.stringify(visits))
  } catch {
    // Then it is known until the page is left.
  }
}

let before: number | null = null

/** Notes that somebody is here, from now on each minute, in this browser alone. */
export function noteVisit(): void {
  const known = read()
  const now = Date.now()
  before = known === null ? null : now - known.last > APART_MS ? known.last : known.before
  const note = (): void => keep({ last: Date.now(), before })
  note()
  setInterval(() => {
    if (!document.hidden) note()
  }, NOTED_EVERY_MS)
  addEventListener('pagehide', note)
}

/** When the visit before this one ended, milliseconds since 1970; null: none is known. */
export const lastVisit = (): number | null => before
