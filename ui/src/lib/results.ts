import type { components } from '../../../src/client/schema.ts'

/** What can have become of an action, for people. The server says which (its results.ts); here is how it looks. */
export type Result = NonNullable<components['schemas']['ActionSummary']['result']>
export const RESULTS: readonly Result[] = ['delivered', 'held back', 'waiting', 'broken']

/** The class that colours it: `f-held`. */
export const tone = (result: Result | null): 'delivered' | 'held' | 'waiting' | 'broken' | 'neutral' =>
  result === null ? 'neutral' : result === 'held back' ? 'held' : result

export const RESULT_TITLES: Record<Result, string> = {
  delivered: 'Delivered',
  'held back': 'Held back on purpose',
  waiting: 'Waiting',
  broken: 'Broken',
}

/** The outcome's word as people read it: `dead_lettered` → `dead lettered`. */
export const outcomeWords = (outcome: string | null, status = 'settled'): string =>
  outcome === null ? (status === 'settled' ? 'settled' : status) : outcome.replaceAll('_', ' ')
