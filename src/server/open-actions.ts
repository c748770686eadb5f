import type { FastifyRequest } from 'fastify'
import { recordMetadata } from '../audit/redacted.js'
import type { AuditRecord } from '../audit/store.js'
import { emptyTrace } from '../audit/trace.js'
import type { Gateway } from '../gateway/gateway.js'
import { ownedEntry } from '../gateway/seen.js'
import type { EntryView, Scope } from '../state/store.js'
import { storeFilter, within, type Asked } from './asked.js'
import { iso } from './lists.js'
import { BLANK, chipTest, matcherOf, OPEN } from './matching.js'
import { visiblePage } from './visible.js'

/** So many are looked at. */
const MOST_OPEN = 10_000
/** What is scheduled has a record that says so. */
const UNRECORDED = ['running', 'queued', 'parked'] as const

/** Actions without an outcome that pass a filter, as records that end in `open`. */
export function createOpenActions({ state, shown }: Gateway) {
  /** What is open, read once for each request, as it may ask for many counts. */
  const read = new WeakMap<FastifyRequest, Map<string, Promise<EntryView[]>>>()
  function openEntries(request: FastifyRequest, { namespace, tenant }: Scope): Promise<EntryView[]> {
    const known = read.get(request) ?? new Map<string, Promise<EntryView[]>>()
    read.set(request, known)
    const key = JSON.stringify([namespace, tenant])
    const entries =
      known.get(key) ??
      visiblePage(
        { limit: MOST_OPEN, cursor: undefined },
        (more) => state.openEntries({ namespace, tenant, statuses: UNRECORDED, ...more }),
        (entry) => request.scope.covers(ownedEntry(entry)),
      ).then(({ items }) => items)
    known.set(key, entries)
    return entries
  }

  return async (request: FastifyRequest, asked: Asked): Promise<AuditRecord[]> => {
    const bare = { ...BLANK, outcome: OPEN }
    const hopeless = asked.chips.some(
      (chip) => chip.kind === 'field' && (chip.key === 'outcome' || chip.key === 'result') && !chipTest(chip)(bare),
    )
    const { filter, clash } = storeFilter(asked)
    if (hopeless || clash) return []
    const entries = await openEntries(request, filter)
    return entries
      .filter((entry) => within(asked, entry.dispatched_at))
      .map((entry) => openRecord(shown.entry(entry)))
      .filter(matcherOf(asked.chips))
  }
}

/** An action without an outcome as the record that it does not have yet. @param entry already masked */
const openRecord = (entry: EntryView): AuditRecord => ({ ...plannedRecord(entry), outcome: OPEN })

type Planned = Pick<EntryView, 'key' | 'plan' | 'action' | 'origin' | 'context' | 'attempts' | 'try' | 'dispatched_at'>

/** What is known of an action before it has an outcome, as a record. @param entry already masked */
export function plannedRecord({ key, plan, action, origin, context, attempts, ...entry }: Planned): AuditRecord {
  const sent = plan?.action ?? action
  return {
    ...BLANK,
    kind: origin?.kind ?? 'dispatch',
    action_id: key.id,
    try: entry.try,
    namespace: key.namespace,
    tenant: key.tenant,
    provider: sent?.provider ?? '',
    action_type: sent?.action_type ?? '',
    verdict: plan?.verdict ?? '',
    matched_rule: plan?.matched_rule ?? null,
    matched_rules: plan?.matched_rules ?? [],
    rules_version: plan?.rules_version ?? '',
    action_payload: sent?.payload ?? null,
    verdict_details: plan === null ? {} : { original_provider: plan.original_provider },
    metadata: sent === null || sent === undefined ? {} : recordMetadata(sent),
    dispatched_at: iso(entry.dispatched_at),
    caller_id: context?.caller_id ?? '',
    auth_method: context?.auth_method ?? '',
    trace_id: context?.trace_id ?? null,
    trace: { ...(plan?.trace ?? emptyTrace()), attempts },
  }
}
