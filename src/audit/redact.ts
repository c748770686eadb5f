import { structureProblem, type Json } from '../lib/json.js'
import { maskAssignments, maskSecrets } from './secrets.js'

/** `[audit.redact]` (spec section 9). */
export interface RedactOptions {
  enabled?: boolean
  /** Names, and dotted paths into a payload or to a label. */
  fields?: readonly string[]
  placeholder?: string
}

/** What is masked when the configuration says nothing: the fields of the user's page, switched on. */
export const REDACT_DEFAULTS = {
  enabled: true,
  fields: ['password', 'token', 'api_key', 'secret', 'credit_card'],
  placeholder: '[REDACTED]',
} as const satisfies Required<RedactOptions>

/**
 * Masks what must not be shown. Pure: an argument is never changed, and is itself the answer when nothing in it had to
 * be masked. Every sink (audit, log, stream, what is shown of dead letters) gets only what went through here.
 *
 * A name matches a member at any depth, in objects inside arrays too, in any spelling of its case: `api_key` matches
 * `API_KEY`, `apiKey` and `Api-Key`. A dotted path matches that path, counted from the payload (or, as `metadata.x`,
 * a label); steps into arrays may be left out. `null` is left: there is nothing to hide. Texts are searched too, see `text`.
 */
export interface Redactor {
  readonly enabled: boolean
  readonly placeholder: string
  /**
   * Masks a JSON value and the texts in it. What is nested deeper than 200 levels is masked whole.
   * @param at where the value was found, when it is not a whole payload: `['payload', 'card']`
   */
  value<T>(value: T, at?: readonly string[]): T
  /** Masks labels: flat names to texts. */
  labels(labels: Record<string, string>): Record<string, string>
  /**
   * Masks a text: JSON is parsed and masked as a value; elsewhere the values in `name=value`, `name: value` and
   * `"name": "value"` are, cut-off JSON included. Private keys, JWTs, AWS key ids, card numbers and passwords in
   * addresses are masked wherever they stand.
   */
  text(text: string): string
  /** Whether a path such as `payload.user.password` or `metadata.token` leads to, or into, what is masked. */
  masks(path: string): boolean
}

const MAX_DEPTH = 200
/** Members whose value is a payload of its own, so that dotted paths count from there. */
const PAYLOADS = new Set(['payload', 'actionpayload', 'body'])
const LABELS = new Set(['metadata', 'labels', 'sharedlabels'])

/** A step in the tree of dotted paths. */
interface Step {
  masked: boolean
  next: Map<string, Step>
}

/** One spelling for all: `API_KEY`, `apiKey` and `api-key` are `apikey`. */
const folded = (name: string): string => name.toLowerCase().replace(/[_\-\s]/g, '')

export function createRedactor(options: RedactOptions = {}): Redactor {
  const { enabled = true, fields = REDACT_DEFAULTS.fields, placeholder = REDACT_DEFAULTS.placeholder } = options
  if (!enabled) {
    return {
      enabled,
      placeholder,
      value: (value) => value,
      labels: (labels) => labels,
      text: (text) => text,
      masks: () => false,
    }
  }

  const names = new Set<string>()
  const labelNames = new Set<string>()
  /** Dotted paths whole, for members and assignments that are written with dots. */
  const dotted = new Set<string>()
  const lastSteps = new Set<string>()
  const root: Step = { masked: false, next: new Map() }
  for (const field of fields) {
    const steps = field.split('.').map(folded)
    if (steps.length === 1) {
      names.add(steps[0]!)
      continue
    }
    if (steps[0] === 'action') steps.shift()
    if (steps[0] === 'metadata') {
      const label = steps.slice(steps[1] === 'labels' && steps.length > 2 ? 2 : 1).join('.')
      labelNames.add(label)
      continue
    }
    if (steps[0] === 'payload') steps.shift()
    dotted.add(steps.join('.'))
    lastSteps.add(steps.at(-1)!)
    let at = root
    for (const step of steps) {
      if (!at.next.has(step)) at.next.set(step, { masked: false, next: new Map() })
      at = at.next.get(step)!
    }
    at.masked = true
  }
  const fromPayload: readonly Step[] = root.next.size > 0 ? [root] : []
  const fold = remembered(folded)

  const textOptions = {
    placeholder,
    isMasked(name: string, inJson: boolean): boolean {
      const plain = fold(name)
      if (names.has(plain) || dotted.has(plain) || (inJson && lastSteps.has(plain))) return true
      return plain.includes('.') && names.has(plain.slice(plain.lastIndexOf('.') + 1))
    },
  }

  function text(given: string): string {
    const first = given.trimStart()[0]
    const inJson = first === '{' || first === '['
    if (inJson && structureProblem(given, { depth: MAX_DEPTH, names: Infinity }) === null) {
      const parsed = parsedOrNothing(given)
      if (parsed !== undefined) {
        const masked = walk(parsed, fromPayload, 0)
        return masked === parsed ? given : JSON.stringify(masked)
      }
    }
    return maskSecrets(maskAssignments(given, { ...textOptions, inJson }), placeholder)
  }

  function walk(value: unknown, at: readonly Step[], depth: number): unknown {
    if (typeof value === 'string') return value.length < 4 ? value : text(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth >= MAX_DEPTH) return placeholder
    return Array.isArray(value) ? walkList(value, at, depth) : walkObject(value, at, depth)
  }

  function walkList(list: unknown[], at: readonly Step[], depth: number): unknown[] {
    let copy: unknown[] | undefined
    for (const [i, item] of list.entries()) {
      const steps = at.length === 0 ? at : [...at, ...follow(at, String(i))]
      const masked =
        item !== null && steps.some((step) => step.masked && !at.includes(step))
          ? placeholder
          : walk(item, steps, depth + 1)
      if (masked !== item) (copy ??= [...list])[i] = masked
    }
    return copy ?? list
  }

  function walkObject(object: object, at: readonly Step[], depth: number): object {
    const members = Object.entries(object) as [string, unknown][]
    let changed = false
    for (const member of members) {
      const [name, value] = member
      if (value === null) continue
      const masked = masksMember(fold(name), at) ? placeholder : walkMember(fold(name), value, at, depth)
      if (masked === value) continue
      member[1] = masked
      changed = true
    }
    // fromEntries defines own members, so that one named __proto__ stays data.
    return changed ? Object.fromEntries(members) : object
  }

  function walkMember(name: string, value: unknown, at: readonly Step[], depth: number): unknown {
    if (labelNames.size > 0 && LABELS.has(name) && typeof value === 'object') {
      const labels = maskedLabels(value as Record<string, unknown>)
      if (labels !== value) return walk(labels, [], depth + 1)
    }
    const steps = at.length === 0 ? at : follow(at, name)
    return walk(value, PAYLOADS.has(name) ? [...steps, ...fromPayload] : steps, depth + 1)
  }

  const masksMember = (name: string, at: readonly Step[]): boolean =>
    names.has(name) || dotted.has(name) || (at.length > 0 && follow(at, name).some((step) => step.masked))

  function maskedLabels(labels: Record<string, unknown>): Record<string, unknown> {
    const masked = Object.entries(labels).filter(([name, value]) => value !== null && labelNames.has(fold(name)))
    if (masked.length === 0) return labels
    return { ...labels, ...Object.fromEntries(masked.map(([name]) => [name, placeholder])) }
  }

  return {
    enabled,
    placeholder,
    value: <T>(value: T, path: readonly string[] = []): T => {
      let at = fromPayload
      const [head, ...rest] = path[0] === 'action' ? path.slice(1) : path
      if (head !== undefined) {
        if (head === 'metadata' && labelNames.has(fold(rest.join('.'))) && value !== null) return placeholder as T
        const steps = head === 'payload' ? rest : [head, ...rest]
        for (const step of steps) {
          if (masksMember(fold(step), at) && value !== null) return placeholder as T
          // A number may select an element of a list, which a path may leave out.
          at = /^\d+$/.test(step) ? [...at, ...follow(at, step)] : follow(at, fold(step))
        }
      }
      return walk(value, at, 0) as T
    },
    labels: (labels) => walk(maskedLabels(labels), [], 0) as Record<string, string>,
    text,
    masks(path) {
      const bare = path.startsWith('action.') ? path.slice('action.'.length) : path
      if (bare.startsWith('metadata.')) {
        const label = fold(bare.slice('metadata.'.length).replace(/^labels\./, ''))
        return names.has(label) || labelNames.has(label) || dotted.has(label)
      }
      let at = fromPayload
      for (const step of (bare.startsWith('payload.') ? bare.slice('payload.'.length) : bare).split('.')) {
        if (masksMember(fold(step), at)) return true
        at = /^\d+$/.test(step) ? [...at, ...follow(at, step)] : follow(at, fold(step))
      }
      return false
    },
  }
}

const follow = (at: readonly Step[], name: string): Step[] =>
  at.flatMap((step) => {
    const next = step.next.get(name)
    return next === undefined ? [] : [next]
  })

function parsedOrNothing(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    // Most often an excerpt that was cut off: it is masked as text.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Remembers short answers; member names are few and come again and again. Callers choose them, so it is bounded. */
function remembered(fold: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const hit = known.get(name)
    if (hit !== undefined) return hit
    const answer = fold(name)
    if (name.length <= 64) {
      if (known.size >= 4096) known.clear()
      known.set(name, answer)
    }
    return answer
  }
}
