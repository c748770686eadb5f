import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useActs } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { Strip } from '../../parts/strip.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { ProviderDetail } from './detail.tsx'
import { DELIVERIES, queueOf, rateOf, sentTo, type Hour } from './hour.ts'
import { circuitSentence, inOrder, sentenceOf, standingOf, type Circuit, type Health } from './providers.ts'
import { Sent, useHour } from './sent.tsx'

/** Can we deliver. */
export default function Providers() {
  const { scope, item, go } = usePlace()
  const health = useQuery(queries.providers())
  const circuits = useQuery(queries.circuits())
  const types = useQuery(queries.providerList())
  const hour = useHour()
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
            What needs somebody comes first. Bars and figures are what each took and failed in the last hour, on all
            nodes.
          </p>
          <ul className="panel bunch plain-list of-providers">
            {list.map((provider, index) => (
              <Row
                key={provider.provider}
                health={provider}
                hour={hour(provider.provider)}
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
            hour={hour(item)}
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
  hour: Hour | undefined
  circuit: Circuit | undefined
  type: string | undefined
  href: string
  on: boolean
  strip: boolean
}

function Row({ health, hour, circuit, type, href, on, strip }: RowProps) {
  const { scope } = usePlace()
  const { provider } = health
  const { word, tone, glyph } = standingOf(health, hour === undefined ? 0 : hour.delivered + hour.broken)
  const q = sentTo(provider)
  // The rate is read off the bars.
  const { data: figures } = useQuery({
    ...queries.figures(scope, q, '-1h'),
    enabled: strip && health.rate_limit !== null,
  })
  const closed = circuit === undefined ? undefined : circuitSentence(circuit, Date.now())
  const standIn = circuit?.fallback_chain[0]
  const said = [
    closed ?? (tone === 'broken' ? (health.health_check_error ?? health.last_error) : undefined),
    queueOf(health),
    rateOf(health, figures),
    closed === undefined && standIn !== undefined ? `Fallback ${standIn}` : undefined,
  ].filter((part) => part !== undefined)
  return (
    <li data-row={provider} className={`line-row ${on ? 'on' : ''}`}>
      <A href={href} aria-current={on ? 'true' : undefined}>
        <b>{provider}</b> {type !== provider && type}
      </A>
      <span className={`f-${tone}`}>
        <Glyph name={glyph} /> {word}
      </span>
      <span className="of-strip">{strip && <Strip q={q} of={DELIVERIES} small />}</span>
      <span className="of-sent">
        {hour !== undefined && <Sent provider={provider} hour={hour} />}
        {hour?.usually !== undefined && <small>{hour.usually}</small>}
      </span>
      <span className="num" title="From arrival to outcome">
        {hour?.took}
      </span>
      {said.length > 0 && (
        <span className="sub">
          {said.map((part) => (
            <span key={part}>{part}</span>
          ))}
        </span>
      )}
    </li>
  )
}
