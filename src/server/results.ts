import { Type, type Static } from 'typebox'
import { isObject } from '../lib/json.js'

/** The four things that can have become of an action, for people: every outcome is exactly one of them. */
export const Result = Type.Enum(['delivered', 'held back', 'waiting', 'broken'])
export type Result = Static<typeof Result>
export const RESULTS: readonly Result[] = ['delivered', 'held back', 'waiting', 'broken']

const HELD_BACK = new Set(['suppressed', 'deduplicated', 'throttled', 'silenced', 'muted', 'quota_exceeded'])
const WAITING = new Set([
  'grouped',
  'scheduled',
  'state_changed',
  'pending_approval',
  'chain_started',
  'recurring_created',
])

/** Which of the four a recorded outcome is. */
export function resultOf(outcome: string, details: unknown): Result {
  if (outcome === 'executed' || outcome === 'rerouted') return 'delivered'
  if (HELD_BACK.has(outcome)) return 'held back'
  if (WAITING.has(outcome)) return 'waiting'
  return isObject(details) && details['retrying'] === true ? 'waiting' : 'broken'
}

/** Why, in words, as far as the outcome itself says it. `planned`: the provider that the rules chose. */
export function reasonOf(outcome: string, details: unknown, planned?: string): string | null {
  const of = isObject(details) ? details : {}
  const said = of['reason'] ?? of['message']
  if (typeof said === 'string' && said !== '') return said
  switch (outcome) {
    case 'deduplicated':
      return 'another action holds its key'
    case 'throttled':
      return 'more than may pass within the window'
    case 'rerouted':
      return `to ${String(of['new_provider'])}, wanted ${wantedOf(of, planned)}`
    case 'grouped':
      return `number ${String(of['group_size'])} of its group, sent at ${String(of['notify_at'])}`
    case 'scheduled':
      return `due at ${String(of['scheduled_for'])}`
    case 'state_changed':
      return of['previous_state'] === of['new_state']
        ? `still ${String(of['new_state'])}`
        : `${String(of['previous_state'] ?? 'new')} → ${String(of['new_state'])}`
    case 'circuit_open':
      return `the circuit of ${String(of['provider'])} is open`
    default:
      return null
  }
}

/** A fallback took it in place of what was planned; else a rule, in place of what was asked for. */
const wantedOf = ({ new_provider, original_provider }: Record<string, unknown>, planned: string | undefined): string =>
  planned !== undefined && planned !== new_provider ? planned : String(original_provider)
