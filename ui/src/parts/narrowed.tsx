import type { FilterState } from '../api/traffic.ts'
import { A } from '../frame/link.tsx'
import { usePlace } from '../frame/url.ts'
import { filterText } from '../lib/filter.ts'
import { upTo } from '../lib/formats.ts'
import { Empty } from './states.tsx'

/** A filter that the server did not take: nothing is shown with the rest of it. */
export const Unusable = ({ problem }: { problem: string }) => (
  <Empty title="The filter cannot be run">
    <p>{problem}</p>
  </Empty>
)

/** Whether something is there that the filter left out: then it is the filter that nothing passes. */
export const isNarrowed = ({ terms, counts }: FilterState): boolean => terms.length > 0 && counts?.all !== 0

/** Nothing passes a filter: which term to drop, with the count that this would give. */
export function NothingPasses({
  filter: { terms, counts },
  one,
  many,
  where,
}: {
  filter: FilterState
  /** What it is about, as in `event`, `events`. */
  one: string
  many: string
  /** Where all of them are, behind their number. */
  where: string
}) {
  const { here } = usePlace()
  const more = counts?.scanned_to == null ? '' : '+'
  const things = (n: number | null): string => `${upTo(n)}${n === null ? '' : more} ${n === 1 ? one : many}`
  return (
    <Empty title={`No ${one} passes this filter`}>
      {counts !== undefined && (
        <>
          <p>
            {things(counts.all)} {where}.
          </p>
          {terms.map((term, index) => (
            <p key={`${index} ${term.text}`}>
              <A
                className="btn"
                href={here({ q: filterText(terms.filter((other) => other !== term)) || undefined, open: undefined })}
              >
                Without {term.text}
              </A>{' '}
              <span className="hint">{things(counts.chips[index]?.without ?? null)}</span>
            </p>
          ))}
        </>
      )}
    </Empty>
  )
}
