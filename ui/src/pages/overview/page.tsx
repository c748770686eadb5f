import { useQuery } from '@tanstack/react-query'
import { problemsOf, trafficQueries, useFilter, useIsSame } from '../../api/traffic.ts'
import { useAskedFor } from '../../frame/url.ts'
import { time } from '../../lib/formats.ts'
import { useFresh } from '../../live/fresh.ts'
import { useLive } from '../../live/use-live.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { Figures } from './figures.tsx'
import { FirstAction } from './first-action.tsx'
import { FlowPanel } from './flow-panel.tsx'
import { JustNow } from './just-now.tsx'
import { NeedsLook } from './needs-look.tsx'

const RENEW_MS = 2_000

/** What is wrong now, and where the traffic goes. */
export default function Overview() {
  const asked = useAskedFor()
  const live = useLive(({ state }) => state !== 'off') && asked.toMs === null
  const figures = useQuery(trafficQueries.figures(asked))
  // What can only be gone through is not gone through once more.
  const compared = useQuery({ ...trafficQueries.compared(asked), enabled: figures.data?.scanned_to === null })
  const attention = useQuery(trafficQueries.attention(asked.scope)).data
  const { problem } = useFilter(asked, asked.q !== '')
  useFresh(figures.refetch, RENEW_MS, live && problem === undefined)
  const isSame = useIsSame(asked, figures)
  const isComparedSame = useIsSame(asked, compared)
  const { data, error } = figures
  if (figures.isPending)
    return (
      <main>
        <Skeleton rows={6} />
      </main>
    )
  const past = isComparedSame ? compared.data : undefined
  return (
    <main className={isSame ? '' : 'stale'}>
      <NeedsLook attention={attention} />
      {problemsOf(error).length > 0 ? (
        <p className="quiet f-broken" role="alert">
          {problem} Nothing is counted until it is mended.
        </p>
      ) : data === undefined ? (
        <Failed what="The traffic" error={error} retry={() => void figures.refetch()} />
      ) : data.now.total === 0 && asked.q === '' ? (
        <FirstAction />
      ) : (
        <>
          {data.scanned_to !== null && (
            <p className="quiet">
              This counts what arrived since {time(Date.parse(data.scanned_to), { now: Date.now() })}: by this filter no
              more can be gone through at once.
            </p>
          )}
          <Figures
            figures={data}
            compared={past}
            marks={attention?.items.filter(({ kind }) => kind === 'circuit') ?? []}
          />
          <FlowPanel figures={data} compared={past} name={asked.name} />
          <JustNow asked={asked} live={live} />
        </>
      )}
    </main>
  )
}
