import type { Shape } from '../../api/client.ts'
import { age, plural } from '../../lib/formats.ts'

export type Letter = Shape['DeadLetter']

/** Dead letters with one provider and one error. */
export interface Bunch {
  key: string
  provider: string
  code: string
  /** What the newest of them says. */
  error: string
  letters: Letter[]
  /** When the first of them failed, Unix milliseconds. */
  oldestMs: number
}

/** By provider and error, the largest first; inside, newest first as the server gives them. */
export function bunchesOf(letters: Letter[]): Bunch[] {
  const bunches = new Map<string, Bunch>()
  for (const letter of letters) {
    const { provider, code } = letter
    const at = Date.parse(letter.created_at)
    const key = `${provider} ${code}`
    const known = bunches.get(key)
    if (known === undefined)
      bunches.set(key, { key, provider, code, error: lastOf(letter), letters: [letter], oldestMs: at })
    else {
      known.letters.push(letter)
      known.oldestMs = Math.min(known.oldestMs, at)
    }
  }
  return [...bunches.values()].sort((a, b) => b.letters.length - a.letters.length || a.key.localeCompare(b.key))
}

/** What its last try met, without who and how often: the heading says that. */
export const lastOf = ({ attempt_list, error }: Letter): string => attempt_list.at(-1)?.error ?? error

/** Whether something speaks against sending it again. */
export const isMarked = ({ past_use_since, delivered_since }: Letter): boolean =>
  past_use_since !== null || delivered_since !== null

/** What the person ticked or unticked; whatever was left alone is ticked unless it is marked. */
export type Choices = ReadonlyMap<string, boolean>
export const chosenOf = (letters: Letter[], choices: Choices): Letter[] =>
  letters.filter((letter) => choices.get(letter.id) ?? !isMarked(letter))

/** What is chosen is all that is worth it, marks and ticks agreeing: then also what the page does not show may go along. */
export const isAllWorthwhile = (letters: Letter[], chosen: Letter[]): boolean => {
  const ids = new Set(chosen.map(({ id }) => id))
  return letters.every((letter) => ids.has(letter.id) !== isMarked(letter))
}

/** The name of the act on those that are chosen. */
export const replayTitle = (all: number, chosen: number): string =>
  all === 1 ? 'Replay' : chosen === all ? `Replay all ${all}` : `Replay ${chosen}`

/** The sentence of the page. */
export function sentenceOf(bunches: Bunch[], more: boolean, nowMs: number): string {
  const all = bunches.reduce((sum, { letters }) => sum + letters.length, 0)
  const names = [...new Set(bunches.map(({ provider }) => provider))]
  const oldest = Math.min(...bunches.map(({ oldestMs }) => oldestMs))
  const whom = names.length <= 2 ? names.join(' and ') : `${names[0]} and ${names.length - 1} other providers`
  return `${more ? 'More than ' : ''}${plural(all, 'action')} for ${whom} did not arrive; the oldest failed ${age(nowMs - oldest)} ago.`
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The JSON merge patch (RFC 7396) that makes `after` of `before`. What is the same in both is left out, so that values
 * which the server masked stay what they are.
 */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return after
  const patch: Fields = {}
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null
  for (const [name, value] of Object.entries(after))
    if (!(name in before)) patch[name] = value
    else if (JSON.stringify(before[name]) !== JSON.stringify(value)) patch[name] = mergePatch(before[name], value)
  return patch
}

export interface Replayed {
  redelivered: number
  failed: number
  refused: number
  /** Left where they are, because something speaks against them. */
  left?: number
  /** The server's sentence for the first that was refused. */
  why: string | undefined
}

/** What came of a replay, in a sentence. */
export function replayedSentence({ redelivered, failed, refused, left = 0 }: Replayed, provider: string): string {
  const parts = [
    redelivered > 0 ? `${plural(redelivered, 'action')} sent to ${provider} again` : '',
    failed > 0 ? `${failed} failed again` : '',
    refused > 0 ? `${refused} refused` : '',
    left > 0 ? `${left} left, as they are past their use or were delivered since` : '',
  ].filter(Boolean)
  return parts.length === 0 ? 'Nothing was left to send' : parts.join(', ')
}

/** A provider's state before a replay, and whether a replay has a chance. */
export function standingOf(
  health: Shape['ProviderHealth'] | undefined,
  fallback?: string,
): { good: boolean; text: string } | undefined {
  if (health === undefined) return undefined
  const { circuit_breaker_state: circuit, healthy } = health
  if (circuit === 'open')
    return {
      good: false,
      text: `Its circuit is open: ${fallback === undefined ? 'a replay now goes to its fallback or fails' : `a replay now goes to ${fallback}`}.`,
    }
  if (circuit === 'half_open')
    return { good: false, text: 'Its circuit is half open: one call at a time is let through.' }
  if (!healthy)
    return {
      good: false,
      text: `It does not answer now: ${health.health_check_error ?? health.last_error ?? 'its last call failed.'}`,
    }
  return { good: true, text: 'It takes deliveries now.' }
}
