import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useActs } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { count, duration, share } from '../../lib/formats.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { Strip } from '../../parts/strip.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { DELIVERIES, ProviderDetail } from './detail.tsx'
import { circuitSentence, inOrder, sentenceOf, standingOf, type Circuit, type Health } from './providers.ts'

/** Can we deliver. */
export default function Providers() {
  const { scope, item, go } = usePlace()
  const health = useQuery(queries.providers())
  const circuits = useQuery(queries.circuits())
  const types = useQuery(queries.providerList())
  const list = useMemo(() => inOrder(health.data?.providers ?? []), [health.data])
  const open = list.find(({ provider }) => provider === item)
  const acts = useMemo(
    () =>
      walkActs(
        list.map(({ provider }) => provider),
        item,
        (name) => go(hrefOf({ scope, page: 'providers', item: name }), name !== undefined),
      ),
    [list, item, go, scope],
  )
  useActs(acts)
  const close = (): void => go(hrefOf({ scope, page: 'providers' }))

  if (health.isPending)
    return (
      <main>
        <Skeleton rows={6} />
      </main>
    )
  if (health.data === undefined)
    return (
      <main>
        <Failed what="The providers" error={health.error} retry={() => void health.refetch()} />
      </main>
    )
  if (list.length === 0)
    return (
      <main>
        <Empty title="No provider is configured">
          <p>Nothing can be delivered. Add a provider to the configuration and reload it:</p>
          <pre>{'[[providers]]\nname = "email"\ntype = "log"'}</pre>
        </Empty>
      </main>
    )
  const circuitOf = (name: string): Circuit | undefined =>
    circuits.data?.circuit_breakers.find(({ provider }) => provider === name)
  return (
    <WithDetail
      label="Providers"
      list={
        <>
          <h2 className="say">{sentenceOf(list)}</h2>
          <p>
            What needs somebody comes first. Bars are what each took and failed in the last hour; figures are of this
            node since it started.
          </p>
          <ul className="panel bunch plain-list of-providers">
            {list.map((provider, index) => (
              <Row
                key={provider.provider}
                health={provider}
                circuit={circuitOf(provider.provider)}
                type={types.data?.providers.find(({ name }) => name === provider.provider)?.type}
                href={hrefOf({ scope, page: 'providers', item: provider.provider })}
                on={provider.provider === item}
                strip={index < MOST_STRIPS}
              />
            ))}
          </ul>
        </>
      }
      detail={
        item === undefined ? null : open === undefined ? (
          <article className="detail">
            <Empty title={`There is no provider "${item}"`}>
              <button type="button" className="btn" onClick={close}>
                All providers
              </button>
            </Empty>
          </article>
        ) : (
          <ProviderDetail
            key={item}
            health={open}
            circuit={circuitOf(item)}
            kind={types.data?.providers.find(({ name }) => name === item)}
            close={close}
          />
        )
      }
    />
  )
}

/** Each is a question to the server. */
const MOST_STRIPS = 12

interface RowProps {
  health: Health
  circuit: Circuit | undefined
  type: string | undefined
  href: string
  on: boolean
  strip: boolean
}

function Row({ health, circuit, type, href, on, strip }: RowProps) {
  const { word, tone, glyph } = standingOf(health)
  const { provider, total_requests: total, successes, p50_latency_ms: p50, p95_latency_ms: p95 } = health
  const said =
    (circuit === undefined ? undefined : circuitSentence(circuit, Date.now())) ??
    (tone === 'broken' ? (health.health_check_error ?? health.last_error) : undefined)
  return (
    <li data-row={provider} className={`line-row ${on ? 'on' : ''}`}>
      <A href={href} aria-current={on ? 'true' : undefined}>
        <b>{provider}</b> {type !== provider && type}
      </A>
      <span className={`f-${tone}`}>
        <Glyph name={glyph} /> {word}
      </span>
      <span className="of-strip">
        {strip && <Strip q={filterText([term('provider', provider)])} of={DELIVERIES} small />}
      </span>
      <span>{total === 0 ? '' : `${share(successes, total)} of ${count(total)} succeeded`}</span>
      <span className="num">{total === 0 ? '' : `p50 ${duration(p50)}, p95 ${duration(p95)}`}</span>
      {said !== undefined && <span className="sub">{said}</span>}
    </li>
  )
}
