import { useQuery } from '@tanstack/react-query'
import { queries } from '../../api/queries.ts'
import { trafficQueries } from '../../api/traffic.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { count, share } from '../../lib/formats.ts'
import { hourOf, SENT, sentTo, type Hour } from './hour.ts'

/** What became in the last hour of what went to each provider, on all nodes; undefined: that is not known yet. */
export function useHour(): (provider: string) => Hour | undefined {
  const { scope } = usePlace()
  const { data: figures } = useQuery(queries.figures(scope, SENT, '-1h'))
  const window = { fromMs: Date.parse(figures?.from ?? ''), toMs: Date.parse(figures?.to ?? '') }
  const { data: compared } = useQuery({
    ...trafficQueries.compared({ scope, q: SENT, ...window }),
    enabled: figures !== undefined,
  })
  return (provider) => (figures === undefined ? undefined : hourOf(provider, figures, compared))
}

/** How much of what went to a provider it took; each number leads to the actions that it counts. */
export function Sent({ provider, hour }: { provider: string; hour: Hour }) {
  const { scope } = usePlace()
  const { delivered, broken, from, to } = hour
  const all = delivered + broken
  const href = (q: string): string => hrefOf({ scope, page: 'actions' }, { q, from, to })
  if (all === 0) return <>nothing in the last hour</>
  return (
    <>
      <A href={href(sentTo(provider, ['delivered']))} title={`${count(delivered)} delivered`}>
        {share(delivered, all)}
      </A>{' '}
      of{' '}
      <A href={href(sentTo(provider))} title="Delivered or broken">
        {count(all)}
      </A>{' '}
      in the last hour
    </>
  )
}
