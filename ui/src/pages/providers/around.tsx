import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { trafficQueries } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term, type Term } from '../../lib/filter.ts'
import { age, count, time, upTo } from '../../lib/formats.ts'
import { Facts } from '../../parts/detail.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { incidentsOf, type Incident } from './incidents.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const SHOWN_INCIDENTS = 5

interface Window {
  fromMs: number
  toMs: number
}

/** The last 24 hours, anew each minute. */
function useDay(): Window {
  const [toMs, setTo] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setTo(Date.now()), MINUTE_MS)
    return () => clearInterval(timer)
  }, [])
  return { fromMs: Math.floor((toMs - DAY_MS) / MINUTE_MS) * MINUTE_MS, toMs }
}

/** What a provider answered, who counts on it, and when it could not be counted on. */
export function Around({ provider }: { provider: string }) {
  const window = useDay()
  const circuits = useQuery(queries.circuits())
  const standsInFor = (circuits.data?.circuit_breakers ?? [])
    .filter(({ fallback_chain }) => fallback_chain.includes(provider))
    .map((circuit) => circuit.provider)
  return (
    <>
      <h3>What it answered in the last 24 h</h3>
      <Facet of={[term('provider', provider)]} facet="status" window={window} none="No answer with a status." />
      <h3>Who counts on it, in the last 24 h</h3>
      <Facts
        facts={[
          ['Types', <Facet of={[term('wanted', provider)]} facet="type" window={window} none="None." />],
          [
            'Rules',
            <Facet of={[term('wanted', provider)]} facet="rule" window={window} none="None: it is named by senders." />,
          ],
          ['Stands in for', standsInFor.join(', ')],
        ]}
      />
      <Incidents provider={provider} />
    </>
  )
}

interface FacetProps {
  of: Term[]
  facet: string
  window: Window
  none: string
}

/** The values that a key has among some actions, each with its count, which leads to them. */
function Facet({ of, facet, window: { fromMs, toMs }, none }: FacetProps) {
  const { scope } = usePlace()
  const { data, error, refetch } = useQuery(
    trafficQueries.facets({ scope, q: filterText(of), fromMs, toMs }, facet, ''),
  )
  if (data === undefined)
    return error === null ? (
      <p className="hint">Counting…</p>
    ) : (
      <Failed what="What it did" error={error} retry={() => void refetch()} />
    )
  if (data.values.length === 0) return <p className="hint">{none}</p>
  // A list that goes on would soon hold more than was counted.
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]
  return (
    <ul className="counted">
      {data.values.map(({ value, count: n }) => (
        <li key={value}>
          <A href={hrefOf({ scope, page: 'actions' }, { q: filterText([...of, term(facet, value)]), from, to })}>
            {value} <small>{count(n)}</small>
          </A>
        </li>
      ))}
      {data.more && <li>and more</li>}
    </ul>
  )
}

/** When its circuit was not closed; nothing where it has none, or for those who may not see it. */
function Incidents({ provider }: { provider: string }) {
  const { data, error, refetch } = useQuery(queries.circuitChanges(provider))
  if (data === null) return null
  const incidents = data === undefined ? [] : incidentsOf(data.records)
  return (
    <>
      <h3>When its circuit was open, in the last 30 days</h3>
      {data === undefined ? (
        error === null ? (
          <Skeleton rows={2} />
        ) : (
          <Failed what="The circuit's changes" error={error} retry={() => void refetch()} />
        )
      ) : incidents.length === 0 ? (
        <p className="hint">Never.</p>
      ) : (
        <ol className="steps">
          {incidents.slice(0, SHOWN_INCIDENTS).map((incident) => (
            <Told key={incident.openedMs} provider={provider} incident={incident} />
          ))}
        </ol>
      )}
    </>
  )
}

function Told({ provider, incident: { openedMs, closedMs, why, by } }: { provider: string; incident: Incident }) {
  const { scope } = usePlace()
  const now = Date.now()
  const q = filterText([term('wanted', provider), term('provider', provider, true), term('result', 'delivered')])
  const { data } = useQuery(trafficQueries.counts({ scope, q, fromMs: openedMs, toMs: closedMs }))
  const to = closedMs === null ? undefined : new Date(closedMs).toISOString()
  return (
    <li>
      <time dateTime={new Date(openedMs).toISOString()}>{time(openedMs, { now })}</time>
      <span>
        Open {closedMs === null ? `for ${age(now - openedMs)} now` : age(closedMs - openedMs)},{' '}
        {by === null ? why : `by ${by}`}
        {data !== undefined && data.total !== 0 && (
          <p>
            <A href={hrefOf({ scope, page: 'actions' }, { q, from: new Date(openedMs).toISOString(), to })}>
              {upTo(data.total)} delivered by others meanwhile
            </A>
          </p>
        )}
      </span>
    </li>
  )
}
