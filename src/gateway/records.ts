import type { Action } from '../action/action.js'
import type { Outcome } from '../action/outcome.js'
import type { RecordDraft, RecordKind } from '../audit/record.js'
import type { TraceAttempt, TraceLinks } from '../audit/trace.js'
import type { Plan } from '../state/plan.js'
import type { DispatchContext, EntryKey, Origin } from '../state/store.js'
import { recordMetadata, redactedAttempts, redactedOutcome, redactedTrace } from '../audit/redacted.js'
import type { Redactor } from '../audit/redact.js'

/** Makes the record of a decision before it is decided: redacted, with all that the node knows. */
export interface Drafts {
  of(facts: {
    kind: RecordKind
    /** Whose record it is: the id in the journal. */
    action_id: string
    /** What was, or would be, sent. */
    action: Action
    plan: Plan
    context: DispatchContext
    try: number
    attempts?: TraceAttempt[]
    takeovers?: number
    links?: TraceLinks
    /** For records of what happens later: the payload is in the first one. */
    withoutPayload?: boolean
    verdict_details?: Record<string, unknown>
  }): RecordDraft
  /** An outcome as it may be shown. */
  outcome(outcome: Outcome): Outcome
}

export function createDrafts(machine: {
  newId: () => string
  node: string
  durability: string
  redactor: Redactor
  storePayload: boolean
}): Drafts {
  const { newId, node, durability, redactor, storePayload } = machine
  return {
    of({
      kind,
      action_id,
      action,
      plan,
      context,
      attempts,
      takeovers,
      links,
      withoutPayload,
      verdict_details,
      ...rest
    }) {
      return {
        id: newId(),
        kind,
        action_id,
        try: rest.try,
        namespace: action.namespace,
        tenant: action.tenant,
        provider: action.provider,
        action_type: action.action_type,
        verdict: plan.verdict,
        matched_rule: plan.matched_rule,
        matched_rules: plan.matched_rules,
        rules_version: plan.rules_version,
        action_payload: storePayload && withoutPayload !== true ? redactor.value(action.payload) : null,
        verdict_details: { ...verdictDetails(plan), ...verdict_details },
        metadata: redactor.labels(recordMetadata(action)),
        caller_id: context.caller_id,
        auth_method: context.auth_method,
        chain_id: null,
        trace_id: context.trace_id,
        node,
        durability,
        trace: {
          ...redactedTrace(plan.trace, redactor),
          attempts: redactedAttempts(attempts ?? [], redactor),
          ...(takeovers !== undefined && takeovers > 0 && { takeovers }),
          links: { ...plan.trace.links, ...links },
        },
      }
    },
    outcome: (outcome) => redactedOutcome(outcome, redactor),
  }
}

function verdictDetails(plan: Plan): Record<string, unknown> {
  const details: Record<string, unknown> = {}
  if (plan.original_provider !== plan.action.provider) details['original_provider'] = plan.original_provider
  const { ending } = plan
  if (ending?.kind === 'answer' && ending.outcome.type === 'Suppressed') details['reason'] = ending.outcome.reason
  if (ending?.kind === 'group') details['group_key'] = ending.group_key
  if (ending?.kind === 'transition')
    Object.assign(details, { state_machine: ending.machine.name, fingerprint: ending.fingerprint })
  return details
}

/** Which kind of record an entry's outcome is, and what it points to. */
export function recordKindOf(key: EntryKey, origin: Origin, action: Action): { kind: RecordKind; links: TraceLinks } {
  switch (origin.kind) {
    case 'dispatch':
      return {
        kind: 'dispatch',
        links: {
          ...eventOf(action),
          ...(action.metadata['replayed_from'] !== undefined && { replayed_from: action.metadata['replayed_from'] }),
        },
      }
    case 'flush':
      return { kind: 'flush', links: { group: origin.batch.group_id } }
    case 'notification':
      return { kind: 'notification', links: { event: origin.event.fingerprint, caused_by: action.id } }
    case 'schedule':
      return { kind: 'schedule', links: { ...eventOf(action), scheduled_by: origin.parent } }
  }
}

/** The event that its sender names, whether or not a state machine keeps it: what goes out for one is found together. */
const eventOf = ({ fingerprint }: Action): TraceLinks => (fingerprint === undefined ? {} : { event: fingerprint })
