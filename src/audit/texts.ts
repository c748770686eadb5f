import type { TraceGate } from './trace.js'
import type { Outcome } from '../action/outcome.js'
import { composed, stored } from '../lib/postgres-text.js'
import type { AuditEntry, Decision, RecordDraft } from './record.js'

/** What records are found by, of a draft. */
export const factsOf = (draft: RecordDraft): object => ({
  namespace: draft.namespace,
  tenant: draft.tenant,
  action_id: draft.action_id,
  kind: draft.kind,
  node: draft.node,
  provider: draft.provider,
  action_type: draft.action_type,
  verdict: draft.verdict,
  rule: draft.matched_rule,
  caller_id: draft.caller_id,
  chain_id: draft.chain_id,
  event: draft.trace.links.event ?? null,
  group: draft.trace.links.group ?? null,
})

/** An entry in pieces, as functions get it. */
export function recordTexts({ draft, decision: { outcome, gates, ...decision } }: AuditEntry) {
  return {
    facts: factsOf(draft),
    draft: JSON.stringify(draft),
    decision: { try: draft.try, ...decision },
    outcome: JSON.stringify(outcome),
    gates: gates === undefined ? null : JSON.stringify(gates),
  }
}

/** An entry in pieces, as it is stored. */
export interface EntryTexts {
  draft: string
  changes: string | null
  decision: string
  outcome: string
  gates: string | null
}

/** The entry that was put on record. */
export function auditEntryOf({ draft, changes, decision, outcome, gates }: EntryTexts): AuditEntry {
  return {
    draft: { ...stored<RecordDraft>(draft), ...(changes !== null && composed<Partial<RecordDraft>>(changes)) },
    decision: {
      ...composed<Omit<Decision, 'outcome' | 'gates'>>(decision),
      outcome: composed<Outcome>(outcome),
      ...(gates !== null && { gates: composed<TraceGate[]>(gates) }),
    },
  }
}
