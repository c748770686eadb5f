import type { RecordDraft } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import { emptyTrace } from '../audit/trace.js'
import type { Caller, Observer } from './gateway.js'

/** Namespace and tenant of records about the gateway itself, which no caller's action caused. */
export const SYSTEM_SCOPE = { namespace: 'acteon', tenant: 'acteon' } as const

/** Longer texts are not put on record; characters. */
export const LONGEST_TEXT = 131_072

/** Something that happened to the gateway itself. */
export interface SystemFact {
  /** What kind of thing: `circuit_breaker`, `rules_published`, `rule_switched`. */
  action_type: string
  /** The provider that it is about; '-' for none. */
  provider?: string
  details: Record<string, unknown>
  /** What it was before and is now, for whoever may see all tenants; masked, and at most `LONGEST_TEXT` each. */
  texts?: { before: string | null; after: string | null }
  /** Who did it; absent: the gateway by itself. */
  caller?: Caller | undefined
}

/**
 * Puts on record what happened to the gateway itself, as records of kind `system`. Never rejects: a record that cannot be
 * written is told in the log, because what it tells of has happened already.
 */
export function createSystemRecords(parts: {
  audit: AuditStore | null
  node: string
  durability: string
  newId: () => string
  /** The store's clock, milliseconds. */
  storeNow: () => number
  observer: Observer
  /** Masks what is secret in a text. */
  mask: (text: string) => string
}): (fact: SystemFact) => Promise<void> {
  const { audit, node, durability, newId, storeNow, observer, mask } = parts
  const kept = (text: string | null): string | null => (text === null || text.length > LONGEST_TEXT ? null : mask(text))
  return async ({ action_type, provider = '-', details, texts, caller = { id: node, method: 'node' } }) => {
    if (audit === null) return
    const draft: RecordDraft = {
      id: newId(),
      kind: 'system',
      action_id: newId(),
      try: 1,
      ...SYSTEM_SCOPE,
      provider,
      action_type,
      verdict: 'allow',
      matched_rule: null,
      matched_rules: [],
      rules_version: '',
      action_payload: null,
      verdict_details: {
        ...details,
        ...(texts !== undefined && { texts: { before: kept(texts.before), after: kept(texts.after) } }),
      },
      metadata: {},
      caller_id: caller.id,
      auth_method: caller.method,
      chain_id: null,
      trace_id: null,
      node,
      durability,
      trace: emptyTrace(),
    }
    const at = Math.ceil(storeNow())
    const outcome = { type: 'Executed' as const, status: 'success' as const, body: null, headers: {} }
    try {
      await audit.append([{ draft, decision: { outcome, dispatched_at: at, completed_at: at } }])
    } catch (error) {
      observer.log?.('error', 'what happened could not be put on record', {
        action_type,
        ...details,
        error: String(error),
      })
    }
  }
}
