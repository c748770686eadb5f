import { recordedAction } from '../audit/redacted.js'
import type { AuditRecord } from '../audit/store.js'
import { wasRefused, wasSent, type PastAction } from '../gateway/simulate.js'
import { isObject } from '../lib/json.js'
import { iso } from './lists.js'
import { addressedOf, OPEN } from './matching.js'

/** A rule that did not match, and the part of its condition that failed. */
export interface Missed {
  rule: string
  part: string
}

/** An action on record, in little room: 50,000 of them are held. */
export interface Kept {
  id: string
  try: number
  namespace: string
  tenant: string
  type: string
  wanted: string
  provider: string
  outcome: string
  verdict: string
  rule: string | null
  /** The rules that did not match, each with the part that failed; actions of a kind share one list. */
  missed: readonly Missed[]
  at: number
  /** When it got its outcome; null: it had none yet. */
  settled: number | null
  /** The code of a failure. */
  code: string | null
  /** Whether it is compared; else it is relived for what it took, which others meet. */
  compared: boolean
  caller: string
  payload: string
  metadata: Record<string, string>
}

/** What a replay needs of a record. @param lists the lists that are held already */
export function keptOf(record: AuditRecord, lists: Map<string, readonly Missed[]>, compared: boolean): Kept {
  const { outcome_details: details } = record
  const code = isObject(details) ? details['code'] : undefined
  return {
    id: record.action_id,
    try: record.try,
    namespace: record.namespace,
    tenant: record.tenant,
    type: record.action_type,
    wanted: addressedOf(record),
    provider: record.provider,
    outcome: record.outcome,
    verdict: record.verdict,
    rule: record.matched_rule,
    missed: missedOf(record, lists),
    at: Date.parse(record.dispatched_at),
    settled: record.outcome === OPEN ? null : Date.parse(record.completed_at),
    code: typeof code === 'string' ? code : null,
    compared,
    caller: record.caller_id,
    payload: JSON.stringify(record.action_payload),
    metadata: record.metadata,
  }
}

/**
 * Puts actions into the order in which they were decided about, as far as it is on record. Times are in milliseconds, and
 * within one the order of the records is that of outcomes: what went to a provider has its record last, though it was
 * decided about before whatever it kept from passing. So in one millisecond what was sent comes first, then what was
 * settled at once, in the order of its records, and last what a gate refused: that took nothing, and was refused because
 * of others.
 * @param kept in the order of their records
 */
export const inOrderOfDecision = (kept: readonly Kept[]): Kept[] =>
  kept.toSorted((a, b) => a.at - b.at || rankOf(a) - rankOf(b))

const rankOf = ({ outcome }: Kept): number => (wasSent(outcome) ? 0 : wasRefused(outcome) ? 2 : 1)

/** Lists are many and alike: each is held once. */
function missedOf({ trace }: AuditRecord, lists: Map<string, readonly Missed[]>): readonly Missed[] {
  const missed = trace.rules.flatMap(({ rule, result, parts = [] }) => {
    const part = result === 'not_matched' ? parts.find((one) => !one.result) : undefined
    return part === undefined ? [] : [{ rule, part: part.part }]
  })
  const key = JSON.stringify(missed)
  const known = lists.get(key)
  if (known !== undefined) return known
  lists.set(key, missed)
  return missed
}

/** The action as it was handed in, as far as it is on record. */
export function pastOf(kept: Kept): PastAction {
  const action = recordedAction({
    action_id: kept.id,
    namespace: kept.namespace,
    tenant: kept.tenant,
    provider: kept.wanted,
    action_type: kept.type,
    action_payload: JSON.parse(kept.payload),
    metadata: kept.metadata,
    dispatched_at: iso(kept.at),
  })
  const { at, caller: caller_id, provider, outcome, code, settled: settled_at } = kept
  return { action, try: kept.try, at, caller_id, provider, outcome, code, settled_at }
}
