import type { FilterState } from '../../api/traffic.ts'
import { count, time, upTo } from '../../lib/formats.ts'
import { isNarrowed, NothingPasses } from '../../parts/narrowed.tsx'
import { FirstAction } from '../overview/first-action.tsx'

/** A list without rows: how to send a first action, or which term to drop, with the count that this would give. */
export function NoRows({ filter }: { filter: FilterState }) {
  if (!isNarrowed(filter)) return <FirstAction />
  return <NothingPasses filter={filter} one="action" many="actions" where="arrived in this window" />
}

/** How far back was looked when not all of the window was; undefined: all of it. */
export const lookedBackTo = ({ counts }: FilterState): string | undefined =>
  counts?.scanned_to == null ? undefined : time(Date.parse(counts.scanned_to), { now: Date.now() })

/** How many there are, of how many. */
export function Total({ filter: { terms, counts } }: { filter: FilterState }) {
  if (counts === undefined) return <span>newest first</span>
  const { total, all, scanned_to } = counts
  const text = (n: number | null): string => (n === null || scanned_to === null ? upTo(n) : `${count(n)}+`)
  return (
    <span>
      <b>{text(total)}</b>
      {terms.length > 0 && ` of ${text(all)}`}, newest first
    </span>
  )
}
