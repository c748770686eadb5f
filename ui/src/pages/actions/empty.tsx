import type { FilterState } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { usePlace } from '../../frame/url.ts'
import { filterText } from '../../lib/filter.ts'
import { count, time, upTo } from '../../lib/formats.ts'
import { Empty } from '../../parts/states.tsx'
import { FirstAction } from '../overview/first-action.tsx'

/** A list without rows: how to send a first action, or which term to drop, with the count that this would give. */
export function NoRows({ filter: { terms, counts } }: { filter: FilterState }) {
  const { here } = usePlace()
  if (terms.length === 0 || counts?.all === 0) return <FirstAction />
  const more = counts?.scanned_to == null ? '' : '+'
  const actions = (n: number | null): string => `${upTo(n)}${n === null ? '' : more} ${n === 1 ? 'action' : 'actions'}`
  return (
    <Empty title="No action passes this filter">
      {counts !== undefined && (
        <>
          <p>{actions(counts.all)} arrived in this window.</p>
          {terms.map((term, index) => (
            <p key={`${index} ${term.text}`}>
              <A
                className="btn"
                href={here({ q: filterText(terms.filter((other) => other !== term)) || undefined, open: undefined })}
              >
                Without {term.text}
              </A>{' '}
              <span className="hint">{actions(counts.chips[index]?.without ?? null)}</span>
            </p>
          ))}
        </>
      )}
    </Empty>
  )
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
