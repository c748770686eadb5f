import type { Figures } from '../../api/traffic.ts'
import type { Shape } from '../../api/client.ts'
import { filterText, term } from '../../lib/filter.ts'
import { count, duration, share } from '../../lib/formats.ts'

/** What a provider has to do with. */
export const DELIVERIES = ['delivered', 'broken'] as const
/** The actions that went to any provider. */
export const SENT = filterText([term('result', DELIVERIES)])
/** The actions that a provider took or failed, or only one of the two. */
export const sentTo = (provider: string, results: readonly string[] = DELIVERIES): string =>
  filterText([term('provider', provider), term('result', results)])

/** What became of the actions that went to one provider in a window, on all nodes. */
export interface Hour {
  delivered: number
  broken: number
  /** The window, as the server names it: a list over it has as many. */
  from: string
  to: string
  /** From arrival to outcome, in words; undefined: of nothing. */
  took: string | undefined
  /** What is usual at this time of day, in words; undefined: there is not enough history. */
  usually: string | undefined
}

/** @param compared the same window with what is usual */
export function hourOf(provider: string, figures: Figures, compared: Figures | undefined): Hour {
  const of = (answer: Figures | undefined) => answer?.providers.find(({ name }) => name === provider)
  const { from, to } = figures
  const now = of(figures)
  const usual = of(compared)?.usual
  return {
    ...{ from, to },
    delivered: now?.results.delivered ?? 0,
    broken: now?.results.broken ?? 0,
    took: now === undefined || now.count === 0 ? undefined : tookOf(now),
    usually: usual == null ? undefined : usually(usual.results),
  }
}

const usually = ({ delivered, broken }: Shape['Usual']['results']): string =>
  delivered + broken === 0
    ? 'usually none'
    : `usually ${share(delivered, delivered + broken)} of ${count(delivered + broken)}`

const tookOf = ({ p50_ms: p50, p95_ms: p95 }: Shape['Share']): string =>
  p50 === p95 ? `p50 and p95 ${atMost(p50)}` : `p50 ${atMost(p50)}, p95 ${atMost(p95)}`

/** Times are counted in buckets: an upper bound is what is known. */
const atMost = (ms: number | null): string => (ms === null ? '> 30 s' : `≤ ${duration(ms)}`)

/** How many actions a second went to it in the last whole minute; undefined: it may take any number. */
export function rateOf(
  { rate_limit: limit }: Shape['ProviderHealth'],
  figures: Figures | undefined,
): string | undefined {
  if (limit === null) return undefined
  const bound = `at most ${calls(limit)}`
  if (figures === undefined || figures.bucket_minutes !== 1) return bound
  const last = Date.parse(figures.to) - 2 * 60_000
  const { delivered = 0, broken = 0 } = figures.buckets.find(({ at }) => Date.parse(at) === last)?.results ?? {}
  const perSecond = (delivered + broken) / 60
  return perSecond === 0 ? bound : `${bound}, ${perSecond < 0.1 ? '< 0.1' : perSecond.toFixed(1)} in the last minute`
}

const calls = (perSecond: number): string =>
  perSecond >= 1 ? `${Number(perSecond.toFixed(1))} calls a second` : `a call in ${duration(1_000 / perSecond)}`

/** What waits for it and what is in a call, on this node; undefined: nothing waits. */
export function queueOf({ waiting, running, max_queue }: Shape['ProviderHealth']): string | undefined {
  if (waiting === 0) return undefined
  const many = waiting === 1 ? '1 waits' : `${count(waiting)} wait`
  return `${many}${waiting * 2 > max_queue ? ` of at most ${count(max_queue)}` : ''} and ${count(running)} ${running === 1 ? 'is' : 'are'} in a call on this node`
}
