import type { AttentionItem } from '../../api/traffic.ts'
import type { Shape } from '../../api/client.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { duration, time } from '../../lib/formats.ts'
import { Glyph, type GlyphName } from '../../parts/glyph.tsx'

const MOST_CARDS = 3
const MOST_WORDS = 160
const GLYPHS: Readonly<Record<AttentionItem['severity'], GlyphName>> = {
  broken: 'broken',
  waiting: 'waiting',
  'held back': 'held',
}
const ACTS: Readonly<Record<AttentionItem['kind'], string>> = {
  circuit: 'Open provider',
  provider: 'Open provider',
  health: 'Open settings',
  dead_letters: 'Review',
  broken: 'See why',
  reload: 'Open',
  events: 'Open events',
  timeouts: 'Open events',
  rule: 'See what',
}

/** Up to three things that need a person, in the server's order; one calm line when there is none. */
export function NeedsLook({ attention }: { attention: Shape['Attention'] | undefined }) {
  const { scope } = usePlace()
  if (attention === undefined) return null
  const { items, last_broken: last } = attention
  const hrefTo = ({ page, item, q, from, to }: AttentionItem['link']): string =>
    hrefOf(
      { scope, page, ...((page === 'providers' || page === 'rules') && item !== undefined && { item }) },
      { q, from, to },
    )
  if (items.length === 0)
    return (
      <p className="quiet">
        <Glyph name="delivered" />
        Nothing needs you.
        {last !== null && (
          <span title={time(Date.parse(last), { now: Date.now() })}>
            Last broken action {duration(Math.max(1, Date.parse(attention.at) - Date.parse(last)))} ago.
          </span>
        )}
      </p>
    )
  return (
    <ul className={`look n${Math.min(items.length, MOST_CARDS)}`} aria-label="Needs a look">
      {items.slice(0, MOST_CARDS).map(({ kind, severity, sentence, detail, link }) => (
        <li key={`${kind} ${sentence}`} className={kind === 'circuit' && severity === 'broken' ? 'x-broken' : ''}>
          <Glyph name={GLYPHS[severity]} />
          <b>{sentence}</b>
          {detail !== null && <p>{detail.length > MOST_WORDS ? `${detail.slice(0, MOST_WORDS - 1)}…` : detail}</p>}
          <A className="btn" href={hrefTo(link)}>
            {ACTS[kind]}
          </A>
        </li>
      ))}
    </ul>
  )
}
