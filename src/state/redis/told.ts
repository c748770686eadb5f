import type { RecordDraft } from '../../audit/record.js'

/** What scripts tell the stream of an action, from its record's draft. */
export const toldOf = (draft: RecordDraft) => ({
  ns: draft.namespace,
  tn: draft.tenant,
  action_type: draft.action_type,
  action_id: draft.action_id,
  provider: draft.provider,
  verdict: draft.verdict,
  matched_rule: draft.matched_rule ?? undefined,
  kind: draft.kind,
})
