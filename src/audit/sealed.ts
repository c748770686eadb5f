import type { Outcome } from '../action/outcome.js'
import { openOutcome, sealOutcome } from '../action/sealed.js'
import { ActeonError } from '../lib/errors.js'
import { isSealed, type Place, type Sealer } from '../lib/seal.js'
import type { AuditEntry, AuditRecord, RecordDraft } from './record.js'
import type { AuditStore } from './store.js'

/** What of a record carries what callers sent or providers answered. */
type Hidden = Pick<RecordDraft, 'action_payload' | 'metadata' | 'verdict_details'> & {
  rules: RecordDraft['trace']['rules']
  attempts: RecordDraft['trace']['attempts']
}

const placeOf = ({ namespace, tenant, action_id }: Pick<RecordDraft, 'namespace' | 'tenant' | 'action_id'>): Place => ({
  namespace,
  tenant,
  kind: 'record',
  id: action_id,
})

/** A draft as it is stored: payload, labels, details, the values that rules found and what attempts were told are sealed. */
export function sealDraft<D extends RecordDraft>(draft: D, sealer: Sealer): D {
  if (isSealed(draft.action_payload)) return draft
  const { action_payload, metadata, verdict_details, trace } = draft
  const hidden: Hidden = { action_payload, metadata, verdict_details, rules: trace.rules, attempts: trace.attempts }
  return {
    ...draft,
    action_payload: sealer.seal(JSON.stringify(hidden), placeOf(draft)),
    metadata: {},
    verdict_details: {},
    trace: { ...trace, rules: [], attempts: [] },
  }
}

/** The inverse of `sealDraft`, for drafts and records; what is not sealed stays. */
export function openDraft<D extends RecordDraft>(stored: D, sealer: Sealer): D {
  if (!isSealed(stored.action_payload)) return stored
  const { rules, attempts, ...rest } = JSON.parse(sealer.open(stored.action_payload, placeOf(stored))) as Hidden
  return { ...stored, ...rest, trace: { ...stored.trace, rules, attempts } }
}

/** An entry as it is stored. One whose draft is sealed already (it comes from the outbox) stays as it is. */
export function sealEntry(entry: AuditEntry, sealer: Sealer): AuditEntry {
  const { draft, decision } = entry
  if (isSealed(draft.action_payload)) return entry
  return {
    draft: sealDraft(draft, sealer),
    decision: { ...decision, outcome: sealOutcome(decision.outcome, sealer, draft, draft.action_id) },
  }
}

/** The inverse of `sealEntry`. */
export const openEntry = ({ draft, decision }: AuditEntry, sealer: Sealer): AuditEntry => ({
  draft: openDraft(draft, sealer),
  decision: { ...decision, outcome: openOutcome(decision.outcome, sealer, draft, draft.action_id) },
})

/** A record, opened. `outcome_details` is an outcome without its type. */
export function openRecord(stored: AuditRecord, sealer: Sealer): AuditRecord {
  const record = openDraft(stored, sealer)
  const { outcome_details, action_id } = record
  if (typeof outcome_details !== 'object' || outcome_details === null) return record
  const type = outcomeTypes[record.outcome]
  if (type === undefined) return record
  const { type: _, ...opened } = openOutcome({ type, ...outcome_details } as Outcome, sealer, record, action_id)
  return { ...record, outcome_details: opened }
}

/** Outcomes that have something sealed, by their word. */
const outcomeTypes: Readonly<Record<string, Outcome['type']>> = {
  executed: 'Executed',
  rerouted: 'Rerouted',
  failed: 'Failed',
}

/** A record that cannot be opened, for lists: it says why, and hides none of the others. */
const broken = (record: AuditRecord, error: ActeonError): AuditRecord => ({
  ...record,
  action_payload: { '[sealed]': error.message },
  outcome_details: { '[sealed]': error.message },
})

/**
 * An audit whose records are sealed before they are written and opened when they are read. Filters work on what is not
 * sealed; `text` is looked for in the part of a record that is not, and never inside payloads.
 *
 * Where state and audit share a database, the state store writes the records; `sealedState` gives it sealed ones.
 */
export function sealedAudit(inner: AuditStore, sealer: Sealer): AuditStore {
  const open = (record: AuditRecord): AuditRecord => openRecord(record, sealer)
  const openOrSay = (record: AuditRecord): AuditRecord => {
    try {
      return open(record)
    } catch (error) {
      if (error instanceof ActeonError && error.code === 'SEALED_UNREADABLE') return broken(record, error)
      throw error
    }
  }
  return {
    backend: inner.backend,
    ...(inner.shared !== undefined && { shared: inner.shared }),
    ...(inner.reseal !== undefined && { reseal: (request) => inner.reseal!(request) }),
    figures: (query) => inner.figures(query),
    deliveries: (events, each) => inner.deliveries(events, each),
    sweep: (now, limit) => inner.sweep(now, limit),
    close: () => inner.close(),
    append: async (entries) => inner.append(sealer.seals ? entries.map((entry) => sealEntry(entry, sealer)) : entries),
    async query(filter) {
      const page = await inner.query(filter)
      const { text } = filter
      const opened = page.records.map(openOrSay)
      if (text === undefined || text === '') return { ...page, records: opened }
      // By chance, the text may stand in what sealing made of a payload.
      const holds = (record: AuditRecord): boolean => JSON.stringify(record).toLowerCase().includes(text.toLowerCase())
      const records = opened.filter((record, i) => record === page.records[i] || holds(record))
      return { ...page, records, total: records.length === opened.length ? page.total : null }
    },
    ofAction: async (action_id, scope) => (await inner.ofAction(action_id, scope)).map(open),
    linked: async (link, scope, limit) => (await inner.linked(link, scope, limit)).map(openOrSay),
  }
}
