import type { Outcome, OutcomeOf } from '../../action/outcome.js'
import { carrierOf, recordOf, type AuditEntry, type AuditRecord, type RecordDraft, type RecordKind } from '../record.js'
import { DURATION_BOUNDS_MS, FIGURE_KEYS, NO_RULE, type AuditFilter, type Figure, type FigureQuery } from '../store.js'
import { emptyTrace } from '../trace.js'

/** How long the suite's stores keep records. */
export const CONFORMANCE_TTL_MS = 86_400_000

/** 2026-01-05T10:00:00Z, the beginning of a minute. */
export const T0 = Date.UTC(2026, 0, 5, 10)

export const executed: Outcome = { type: 'Executed', status: 'success', body: { ok: true }, headers: {} }
/** Of what is planned for `email` or `sms`, the one took it that it was planned for, or stood in for the other. */
export const rerouted: OutcomeOf<'Rerouted'> = {
  ...{ type: 'Rerouted', original_provider: 'pager', new_provider: 'sms' },
  response: { status: 'success', body: null, headers: {} },
}
export const failed: Outcome = { type: 'Failed', code: 'TIMEOUT', message: 'late', retryable: true, attempts: 3 }
export const suppressed: Outcome = { type: 'Suppressed', rule: 'quiet', reason: 'night' }

export interface EntryFacts {
  id?: string
  at?: number
  took?: number
  try?: number
  outcome?: Outcome
  draft?: Partial<RecordDraft>
}

/** An audit entry with whatever is not said filled in; for tests of audit backends. */
export function entryOf({ id = 'id', at = T0, took = 5, outcome = executed, draft, ...rest }: EntryFacts): AuditEntry {
  const attempt = rest.try ?? 1
  return {
    draft: {
      id: `record-${id}-${attempt}`,
      kind: 'dispatch',
      action_id: id,
      try: attempt,
      namespace: 'ns',
      tenant: 'acme',
      provider: 'email',
      action_type: 'send',
      verdict: 'allow',
      matched_rule: null,
      matched_rules: [],
      rules_version: 'v1',
      action_payload: { subject: `number ${id}` },
      verdict_details: {},
      metadata: {},
      caller_id: 'anonymous',
      auth_method: 'none',
      chain_id: null,
      trace_id: null,
      node: 'node-1',
      durability: 'memory',
      trace: emptyTrace(),
      ...draft,
    },
    decision: { outcome, dispatched_at: at, completed_at: at + took },
  }
}

/** One of a list, as if at random, and the same each time. */
function pick<T>(list: readonly T[], i: number, salt: number): T {
  let mixed = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return list[((mixed ^ (mixed >>> 13)) >>> 0) % list.length]!
}

/** Entries that differ in everything that a filter or a figure knows, over about 90 seconds and not in order. */
export function variedEntries(count: number): AuditEntry[] {
  const kinds: RecordKind[] = ['dispatch', 'dispatch', 'dispatch', 'flush']
  return Array.from({ length: count }, (_, i) =>
    entryOf({
      id: `${i}`,
      at: T0 + ((i * 7_919) % 90_000),
      took: (i * i * 13) % 40_000,
      outcome: pick([executed, rerouted, failed, suppressed], i, 1),
      draft: {
        kind: pick(kinds, i, 2),
        namespace: pick(['n1', 'n2'], i, 3),
        tenant: pick(['acme', 'acme.us', "o'neil"], i, 4),
        provider: pick(['email', 'sms'], i, 5),
        action_type: pick(['send', 'alert', 'page'], i, 8),
        verdict: pick(['allow', 'suppress', 'reroute'], i, 10),
        matched_rule: pick([null, 'quiet', 'urgent'], i, 7),
        caller_id: pick(['anonymous', 'ci'], i, 11),
        chain_id: pick([null, null, 'chain-1'], i, 13),
        node: pick(['node-1', 'node-2'], i, 6),
      },
    }),
  )
}

export const variedFilters: AuditFilter[] = [
  {},
  { namespace: 'n1' },
  { tenant: 'acme' },
  { tenant: "o'neil" },
  { provider: 'sms' },
  { carrier: 'sms' },
  { carrier: 'sms', provider: 'email' },
  { carrier: 'email', tenant: 'acme', from: T0 + 10_000 },
  { carrier: 'sms', text: 'number 1' },
  { action_type: 'page' },
  { outcome: 'failed' },
  { verdict: 'reroute' },
  { matched_rule: 'quiet' },
  { caller_id: 'ci' },
  { chain_id: 'chain-1' },
  { kind: 'flush' },
  { from: T0 + 20_000, to: T0 + 60_000 },
  { namespace: 'n2', tenant: 'acme.us', outcome: 'executed' },
  { tenant: 'acme', provider: 'email', from: T0 + 10_000 },
  { chain_id: 'chain-1', namespace: 'n1', to: T0 + 70_000 },
  { kind: 'dispatch', verdict: 'suppress', caller_id: 'anonymous', matched_rule: 'urgent' },
  { text: 'NUMBER 17' },
  { text: 'number 1', outcome: 'suppressed', tenant: 'acme' },
  { text: 'number 1', chain_id: 'chain-1' },
]
/** Names are compared whole and exactly: these find nothing. */
export const emptyFilters: AuditFilter[] = [
  { tenant: 'acme%' },
  { tenant: 'ACME' },
  { namespace: 'n' },
  { matched_rule: 'qui' },
  { carrier: 'pager' },
]

/** The plain filter that a store's answers are compared with. */
export function matching(filter: AuditFilter): (record: AuditRecord) => boolean {
  const { from = -Infinity, to = Infinity, text, limit: _l, cursor: _c, offset: _o, ...equal } = filter
  const needles = text === undefined ? [] : [text, JSON.stringify(text).slice(1, -1)].map((t) => t.toLowerCase())
  return (found) => {
    const record = { ...found, carrier: carrierOf(found) }
    const at = Date.parse(record.dispatched_at)
    if (at < from || at >= to) return false
    for (const [name, value] of Object.entries(equal))
      if (value !== undefined && record[name as keyof typeof equal] !== value) return false
    return needles.length === 0 || needles.some((needle) => JSON.stringify(found).toLowerCase().includes(needle))
  }
}

/** Records of entries in the order that a store answers them: newest dispatched first, of one instant the last written. */
export const newestFirst = (entries: AuditEntry[]): AuditRecord[] =>
  entries
    .map((entry, order) => ({ record: recordOf(entry, CONFORMANCE_TTL_MS), order, at: entry.decision.dispatched_at }))
    .sort((a, b) => b.at - a.at || b.order - a.order)
    .map(({ record }) => record)

/** The figures of records, counted one by one. */
export function recount(records: AuditRecord[], query: FigureQuery): Figure[] {
  const { from, to, where = {}, group_by, bucket_minutes } = query
  const minute = (ms: number): number => Math.floor(ms / 60_000)
  const [first, end] = [minute(from), Math.ceil(to / 60_000)]
  const figures = new Map<string, Figure>()
  for (const record of records) {
    const at = minute(Date.parse(record.dispatched_at))
    const values = { ...record, rule: record.matched_rule ?? NO_RULE, carrier: carrierOf(record) }
    if (at < first || at >= end) continue
    if (FIGURE_KEYS.some((name) => where[name] !== undefined && where[name] !== values[name])) continue
    const key = Object.fromEntries(
      FIGURE_KEYS.filter((name) => group_by.includes(name)).map((name) => [name, values[name]]),
    )
    const start =
      bucket_minutes === undefined
        ? from
        : (first + Math.floor((at - first) / bucket_minutes) * bucket_minutes) * 60_000
    const name = JSON.stringify([start, key])
    const none = { at: start, key, count: 0, sum_ms: 0, buckets: [...DURATION_BOUNDS_MS, 0].map(() => 0) }
    const figure = figures.get(name) ?? none
    figures.set(name, figure)
    figure.count++
    figure.sum_ms += record.duration_ms
    const bucket = DURATION_BOUNDS_MS.findIndex((bound) => record.duration_ms <= bound)
    figure.buckets[bucket === -1 ? DURATION_BOUNDS_MS.length : bucket]!++
  }
  const text = (figure: Figure): string =>
    JSON.stringify(FIGURE_KEYS.filter((k) => group_by.includes(k)).map((k) => figure.key[k]))
  return [...figures.values()].sort((a, b) => a.at - b.at || (text(a) < text(b) ? -1 : 1))
}

/** Action ids, in order. */
export const ids = (records: AuditRecord[]): string[] => records.map((record) => record.action_id)
