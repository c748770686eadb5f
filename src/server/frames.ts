import type { Static } from 'typebox'
import { outcomeToWire, type Outcome } from '../action/outcome.js'
import type { FilterChip } from '../audit/filter.js'
import { deliveredBy } from '../audit/record.js'
import type { AuditRecord } from '../audit/store.js'
import { isObject } from '../lib/json.js'
import type { Frame } from '../state/store.js'
import { iso } from './lists.js'
import { BLANK, chipTest } from './matching.js'
import type { ActionRow } from './shapes.js'
import { outcomeOf } from './stream.js'
import { actionRow } from './views.js'

/** Keys of filters that a frame of a dispatch answers by itself. */
const SAID = new Set(['type', 'provider', 'rule', 'outcome', 'result', 'tenant', 'ns', 'id'])

/** What a frame says of an action, as far as it goes, as a record. */
export function frameRecord({ at, namespace, tenant, data, ...frame }: Frame): AuditRecord {
  const text = (name: string): string | null => (typeof data[name] === 'string' ? data[name] : null)
  const took = typeof data['duration_ms'] === 'number' ? data['duration_ms'] : 0
  const kind = (text('kind') ?? 'dispatch') as AuditRecord['kind']
  const provider = text('provider') ?? ''
  const outcome = outcomeOf({ at, namespace, tenant, data, ...frame }) ?? ''
  const outcome_details = detailsOf(data['outcome'])
  return {
    ...BLANK,
    kind,
    action_id: text('action_id') ?? '',
    namespace,
    tenant,
    provider,
    delivered_by: deliveredBy({ kind, outcome, outcome_details, provider }),
    action_type: text('action_type') ?? '',
    verdict: text('verdict') ?? '',
    matched_rule: text('matched_rule'),
    outcome,
    outcome_details,
    dispatched_at: iso(at - took),
    completed_at: iso(at),
    duration_ms: took,
  }
}

/** A line of a list from a frame alone. */
export function frameRow({ data }: Frame, bare: AuditRecord): Static<typeof ActionRow> {
  const { took, ...row } = actionRow(bare)
  return { ...row, ...('duration_ms' in data && took !== undefined && { took }) }
}

/**
 * Whether a frame, or its record, passes a filter: the matcher of the lists. What a frame does not answer (null) is asked
 * of the record.
 */
export function frameMatcher(chips: readonly FilterChip[]) {
  const tests = chips.map((chip) => ({ test: chipTest(chip), key: chip.kind === 'field' ? chip.key : null }))
  return {
    frame({ data }: Frame, bare: AuditRecord): boolean | null {
      let open = false
      for (const { test, key } of tests) {
        // Old frames do not say which rule decided.
        if (key === null || !SAID.has(key) || (key === 'rule' && !Object.hasOwn(data, 'matched_rule'))) open = true
        else if (!test(bare)) return false
      }
      return open ? null : true
    },
    record: (record: AuditRecord): boolean => tests.every(({ test }) => test(record)),
  }
}

function detailsOf(outcome: unknown): unknown {
  if (!isObject(outcome)) return null
  const wire = typeof outcome['type'] === 'string' ? outcomeToWire(outcome as unknown as Outcome) : outcome
  return isObject(wire) ? Object.values(wire)[0] : null
}
