import type { components } from '../../../src/client/schema.ts'
import type { GlyphName } from '../parts/glyph.tsx'

export type Shape = components['schemas']
/** As the server answers it; an open entry's outcome is not told from here. */
export type WireStory = Omit<Shape['Story'], 'entry'> & { entry: Omit<Shape['JournalEntry'], 'outcome'> | null }
export type Record_ = Shape['AuditRecord']
export type Attempt = Shape['TraceAttempt']
export type Rule = Shape['TraceRule']
/** A rule, and what it made of an action or would have made of it. */
export type Look = Omit<Rule, 'result'> & { result: Rule['result'] | Shape['RuleBehind']['result'] }

/** One line of the answer: what happened to whom, and why. */
export interface Answer {
  glyph: GlyphName
  strong: string
  text: string
}

export interface Step {
  /** Milliseconds. */
  atMs: number
  glyph: GlyphName
  title: string
  text: string
  rules?: Rule[]
  /** How many more come behind the one that decided. */
  behind?: number
  /** Under the rules. */
  note?: string
  attempts?: Attempt[]
  /** Another action that this one is tied to. */
  link?: { id: string; title: string }
}
/** A fact, and the filter term that finds what shares it. */
export interface Fact {
  label: string
  value: string
  term?: string
  mono?: boolean
}

export interface Told {
  id: string
  scope: { tenant: string; namespace: string }
  title: string
  answers: Answer[]
  steps: Step[]
  facts: Fact[]
  payload: unknown
  /** How long the payload is when it was left out, bytes. */
  leftOut: number | null
  /** Whether anything was left out of what the server answered. */
  shortened: boolean
  /** Paths within the payload that the rules read: `p99_ms`. */
  read: string[]
  /** What all rules that were looked at found in the payload, as far as it is told: `payload.p99_ms`. */
  found: { path: string; found: unknown }[]
  outcome: string | null
  /** The rule that decided. */
  rule: string | null
  provider: string
  type: string
  /** Of the dead letter that keeps it. */
  deadLetter: string | null
  fingerprint: string | null
  open: boolean
}

export const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value)
export const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
export const at = (value: string): number => Date.parse(value)
