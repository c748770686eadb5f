import { tone, type Result } from '../lib/results.ts'

export type GlyphName = 'delivered' | 'rerouted' | 'held' | 'waiting' | 'broken' | 'step'

/** The shapes, once on the page; `Glyph` refers to them. */
export function GlyphShapes() {
  return (
    <svg width="0" height="0" className="shapes" aria-hidden="true">
      <defs>
        <symbol id="delivered" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path
            d="M4.8 8.2l2.2 2.2 4.2-4.6"
            fill="none"
            stroke="var(--surface)"
            strokeWidth="1.7"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </symbol>
        <symbol id="rerouted" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path
            d="M4.4 10.4V8.6a2 2 0 0 1 2-2h4.4M9 4.5l2.1 2.1L9 8.7"
            fill="none"
            stroke="var(--surface)"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </symbol>
        <symbol id="held" viewBox="0 0 16 16">
          <rect x="1.4" y="1.4" width="13.2" height="13.2" rx="4" fill="currentColor" />
          <path d="M4.7 8h6.6" stroke="var(--surface)" strokeWidth="1.9" strokeLinecap="round" />
        </symbol>
        <symbol id="waiting" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
          <path
            d="M8 4.8V8l2.2 1.6"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </symbol>
        <symbol id="broken" viewBox="0 0 16 16">
          <path
            d="M8 .9l7.1 7.1L8 15.1.9 8z"
            fill="currentColor"
            stroke="currentColor"
            strokeWidth="1.2"
            strokeLinejoin="round"
          />
          <path d="M8 4.6v4M8 11v.2" stroke="var(--surface)" strokeWidth="1.8" strokeLinecap="round" />
        </symbol>
        <symbol id="step" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="4" fill="var(--surface)" stroke="currentColor" strokeWidth="1.6" />
        </symbol>
        <symbol id="logo" viewBox="0 0 20 20">
          <path
            d="M2 5h5c4 0 3.5 10 8 10h3M2 10h16M2 15h4"
            fill="none"
            stroke="var(--accent)"
            strokeWidth="2"
            strokeLinecap="round"
          />
        </symbol>
      </defs>
    </svg>
  )
}

const COLOUR: Record<GlyphName, string> = {
  delivered: 'delivered',
  rerouted: 'delivered',
  held: 'held',
  waiting: 'waiting',
  broken: 'broken',
  step: 'neutral',
}

/** A result's shape in its colour; the word stands beside it. */
export const Glyph = ({ name }: { name: GlyphName }) => (
  <svg className={`g f-${COLOUR[name]}`} aria-hidden="true">
    <use href={`#${name}`} />
  </svg>
)

/** The glyph of an action: of its result, bent when it went another way. */
export const glyphOf = (result: Result | null, outcome: string | null = null): GlyphName => {
  if (outcome === 'rerouted') return 'rerouted'
  const of = tone(result)
  return of === 'neutral' ? 'step' : of
}
