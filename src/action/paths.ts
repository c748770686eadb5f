import type { Json } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import type { Action } from './action.js'

/** What a path into nothing finds. */
export const MISSING = Symbol('missing')
export type Found = Json | typeof MISSING

/** The parts of an action that a path may name, besides `payload` and `metadata`. */
const FIELDS = [
  'namespace',
  'tenant',
  'provider',
  'action_type',
  'id',
  'status',
  'fingerprint',
  'dedup_key',
  'created_at',
  'starts_at',
  'ends_at',
  'template',
] as const

/** A compiled path: its text without a leading `action.`, and how to read it. */
export interface ActionPath {
  /** As written, without a leading `action.`. */
  name: string
  read(action: Action): Found
}

/**
 * Compiles `action.payload.a.b.0.c`, `metadata.KEY` (the whole rest is the label's name, dots included) or a field.
 * Only own members are read; a number selects an element of a list.
 * @returns the path, or a sentence that says why it is none (with the places a path may begin with)
 */
export function compilePath(text: string): ActionPath | { problem: string } {
  const name = text.startsWith('action.') ? text.slice('action.'.length) : text
  if ((FIELDS as readonly string[]).includes(name)) {
    const field = name as (typeof FIELDS)[number]
    return { name, read: (action) => action[field] ?? MISSING }
  }
  if (name === 'payload') return { name, read: (action) => action.payload }
  if (name.startsWith('payload.')) {
    const steps = name.split('.').slice(1)
    if (steps.includes('')) return { problem: `"${text}" has an empty step` }
    return { name, read: (action) => walk(action.payload, steps) }
  }
  if (name.startsWith('metadata.') && name.length > 'metadata.'.length) {
    const label = name.slice('metadata.'.length)
    const bare = label.startsWith('labels.') ? label.slice('labels.'.length) : undefined
    return {
      name,
      read: ({ metadata }) => own(metadata, label) ?? (bare === undefined ? undefined : own(metadata, bare)) ?? MISSING,
    }
  }
  const head = name.split('.')[0]!
  const meant = nearest(head, ['payload', 'metadata', ...FIELDS])
  if (meant !== undefined && meant !== head)
    return { problem: `"${text}" is not a path; did you mean "${meant}${name.slice(head.length)}"?` }
  return {
    problem: `"${text}" is not a path; a path is payload.…, metadata.LABEL or one of ${FIELDS.join(', ')} (each also with action. in front)`,
  }
}

const own = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

function walk(start: Json, steps: string[]): Found {
  let at: Json = start
  for (const step of steps) {
    if (Array.isArray(at)) {
      if (!/^\d+$/.test(step) || Number(step) >= at.length) return MISSING
      at = at[Number(step)]!
    } else if (typeof at === 'object' && at !== null && Object.hasOwn(at, step)) at = at[step]!
    else return MISSING
  }
  return at
}
