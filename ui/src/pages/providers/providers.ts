import type { Shape } from '../../api/client.ts'
import { age, plural } from '../../lib/formats.ts'
import type { GlyphName } from '../../parts/glyph.tsx'

export type Health = Shape['ProviderHealth']
export type Circuit = Shape['CircuitBreaker']

export interface Standing {
  word: string
  tone: 'neutral' | 'waiting' | 'broken'
  glyph: GlyphName
  /** The worst first. */
  rank: number
}

/**
 * How a provider does: its circuit says more than its last call, its last call more than nothing.
 * @param sent how many went to it lately from any node
 */
export function standingOf(
  { circuit_breaker_state: circuit, healthy, total_requests: total }: Health,
  sent = 0,
): Standing {
  if (circuit === 'open') return { word: 'circuit open', tone: 'broken', glyph: 'broken', rank: 0 }
  if (!healthy) return { word: 'failing', tone: 'broken', glyph: 'broken', rank: 1 }
  if (circuit === 'half_open') return { word: 'circuit half open', tone: 'waiting', glyph: 'waiting', rank: 2 }
  if (total === 0 && sent === 0) return { word: 'not called yet', tone: 'neutral', glyph: 'step', rank: 4 }
  return { word: 'up', tone: 'neutral', glyph: 'delivered', rank: 3 }
}

/** Those that need somebody first, then by name. */
export const inOrder = (providers: Health[]): Health[] =>
  providers.toSorted((a, b) => standingOf(a).rank - standingOf(b).rank || a.provider.localeCompare(b.provider))

/** The sentence of the page. */
export function sentenceOf(providers: Health[]): string {
  const bad = providers.filter((provider) => standingOf(provider).tone === 'broken').map(({ provider }) => provider)
  if (bad.length === 0)
    return providers.length === 1
      ? 'The one provider can deliver.'
      : providers.length === 2
        ? 'Both providers can deliver.'
        : `All ${plural(providers.length, 'provider')} can deliver.`
  if (bad.length === 1) return `${bad[0]} is not taking deliveries; ${others(providers.length - 1)}.`
  return `${bad.slice(0, 3).join(', ')}${bad.length > 3 ? ` and ${bad.length - 3} more` : ''} are not taking deliveries; ${others(providers.length - bad.length)}.`
}
const others = (n: number): string =>
  n === 0 ? 'there is no other' : n === 1 ? 'the other one can' : `the other ${n} can`

/** The title of one provider. */
export function titleOf(health: Health, sent = 0): string {
  const { word } = standingOf(health, sent)
  const { provider } = health
  if (word === 'circuit open') return `${provider} is given nothing: its circuit is open`
  if (word === 'failing') return `${provider} is failing`
  if (word === 'circuit half open') return `${provider} is being tried again`
  return word === 'up' ? `${provider} takes deliveries` : `${provider} has not been called yet`
}

/** Since when, until when, by whom a circuit is as it is; undefined while it is closed. */
export function circuitSentence(
  { state, since, until, changed_by, reason, fallback_chain }: Circuit,
  nowMs: number,
): string | undefined {
  if (state === 'closed') return undefined
  const why = { failures: 'because too many calls failed', probe: 'because a try failed', by_hand: `by ${changed_by}` }
  const next =
    reason === 'by_hand' || until === undefined
      ? 'until it is closed by hand'
      : `next try ${Date.parse(until) <= nowMs ? 'with the next action' : `in ${age(Date.parse(until) - nowMs)}`}`
  const standIn =
    fallback_chain[0] === undefined ? 'Nothing stands in for it.' : `${fallback_chain[0]} stands in for it.`
  return `${state === 'open' ? 'Open' : 'Half open'} for ${age(nowMs - Date.parse(since))}, ${why[reason]}; ${next}. ${standIn}`
}
