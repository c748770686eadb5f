import type { Static } from 'typebox'
import { outcomeToWire, outcomeWord } from '../action/outcome.js'
import { recordToWire } from '../audit/wire.js'
import { carrierOf, type AuditRecord } from '../audit/record.js'
import type { Gateway, LetterMarks, RulesBehind, Story } from '../gateway/gateway.js'
import { ownRecord } from '../gateway/story.js'
import { cut } from '../lib/cut.js'
import { isObject } from '../lib/json.js'
import type { DeadLetter, EntryView, EventView, GroupView, HistoryEntry } from '../state/store.js'
import { iso, isoOrNull } from './lists.js'
import { OPEN, resultFor, wantedOf } from './matching.js'
import { reasonOf, resultOf } from './results.js'
import type {
  ActionRow,
  ActionSummary,
  DeadLetterShape,
  DrainedLetter,
  EventShape,
  EventWithHistory,
  GroupShape,
  HistoryShape,
  JournalEntry,
  RulesBehindShape,
  StoryShape,
} from './shapes.js'

/** What an action is about, for people: the first of these that its payload has. */
const SUBJECTS = ['summary', 'title', 'subject', 'message', 'service', 'host', 'to']

/** What an action is about, from its payload; undefined: it has nothing of that kind. */
export function subjectOf(payload: unknown): string | undefined {
  if (!isObject(payload)) return undefined
  for (const name of SUBJECTS) {
    const value = payload[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** What is shown of things: times as RFC 3339, outcomes in wire form, everything that a caller sent masked. */
export type Shown = Gateway['shown']

export const eventView = (event: EventView, shown: Shown): Static<typeof EventShape> => ({
  fingerprint: event.fingerprint,
  state: event.state,
  action_type: event.action_type,
  updated_at: iso(event.updated_at),
  namespace: event.namespace,
  tenant: event.tenant,
  state_machine: event.state_machine,
  active: event.active,
  labels: shown.labels(event.labels),
  provider: event.provider,
  severity: event.severity,
  occurrence: event.occurrence,
  version: event.version,
  opened_at: iso(event.opened_at),
  last_seen_at: iso(event.last_seen_at),
  count: event.count,
  notified_count: event.notified_count,
  changed_by: event.changed_by,
  next_timeout: event.next_timeout === null ? null : { at: iso(event.next_timeout.at), to: event.next_timeout.to },
  last_action_id: event.last_action_id,
})

export const historyView = ({ version, occurrence, from, to, at, by }: HistoryEntry): Static<typeof HistoryShape> => ({
  version,
  occurrence,
  from,
  to,
  at: iso(at),
  by,
})

export const eventWithHistory = (
  event: EventView,
  history: HistoryEntry[],
  shown: Shown,
): Static<typeof EventWithHistory> => ({ ...eventView(event, shown), history: history.map(historyView) })

export const groupView = (group: GroupView, shown: Shown): Static<typeof GroupShape> => ({
  group_id: group.group_id,
  group_key: group.group_key,
  event_count: group.event_count,
  state: group.state,
  notify_at: iso(group.notify_at),
  created_at: iso(group.created_at),
  namespace: group.namespace,
  tenant: group.tenant,
  rule: group.rule,
  provider: group.provider,
  action_type: group.action_type,
  labels: shown.value(group.labels) as Record<string, unknown>,
  generation: group.generation,
})

/** As `POST /v1/dlq/drain` gives it. */
export const drainedView = ({ key, plan, error, attempts, created_at }: DeadLetter): Static<typeof DrainedLetter> => ({
  action_id: key.id,
  namespace: key.namespace,
  tenant: key.tenant,
  provider: plan.action.provider,
  action_type: plan.action.action_type,
  error,
  attempts: attempts.length,
  timestamp: Math.floor(created_at / 1_000),
})

export function deadLetterView(
  letter: DeadLetter,
  { pastUseSince, deliveredSince }: LetterMarks,
  shown: Shown,
): Static<typeof DeadLetterShape> {
  const masked = shown.deadLetter(letter)
  return {
    ...drainedView(masked),
    id: masked.id,
    code: masked.code,
    created_at: iso(masked.created_at),
    try: masked.try,
    version: masked.version,
    origin: masked.origin.kind,
    lane: masked.lane,
    attempt_list: masked.attempts,
    duplicates: masked.duplicates,
    past_use_since: isoOrNull(pastUseSince),
    delivered_since: deliveredSince,
    subject: subjectOf(masked.plan.action.payload) ?? null,
    payload: masked.plan.action.payload,
    metadata: masked.plan.action.metadata,
  }
}

/** @param entry already masked */
export const entryView = (entry: EntryView): Static<typeof JournalEntry> => ({
  status: entry.status,
  try: entry.try,
  dispatched_at: iso(entry.dispatched_at),
  due_at: isoOrNull(entry.due_at),
  settled_at: isoOrNull(entry.settled_at),
  outcome: entry.outcome === null ? null : outcomeToWire(entry.outcome),
  action: entry.action,
  origin: entry.origin?.kind ?? null,
  lane: entry.lane,
  takeovers: entry.takeovers,
  attempts: entry.attempts,
  plan:
    entry.plan === null
      ? null
      : {
          action: entry.plan.action,
          original_provider: entry.plan.original_provider,
          verdict: entry.plan.verdict,
          matched_rule: entry.plan.matched_rule,
          matched_rules: entry.plan.matched_rules,
          rules_version: entry.plan.rules_version,
          trace: entry.plan.trace,
        },
})

export const storyView = (story: Story): Static<typeof StoryShape> => ({
  action_id: story.action_id,
  namespace: story.namespace,
  tenant: story.tenant,
  status: story.status,
  subject: subjectOf(payloadOf(story)) ?? null,
  entry: story.entry === null ? null : entryView(story.entry),
  records: story.records.map(recordToWire),
  later: story.later.map(recordToWire),
  event:
    story.event === null
      ? null
      : {
          // Its labels were masked where the story was gathered.
          ...eventView(story.event, { ...noMask, labels: (labels) => labels }),
          history: story.event.history.map(historyView),
        },
})

export const rulesBehindView = ({
  at,
  ...behind
}: RulesBehind & { not_shown: number }): Static<typeof RulesBehindShape> => ({ ...behind, at: iso(at) })

/** The payload of its newest try, else of what is under way. */
function payloadOf(story: Story): unknown {
  const record = ownRecord(story)
  const { entry } = story
  return record === undefined ? (entry?.action ?? entry?.plan?.action)?.payload : record.action_payload
}
const noMask = { entry: <T>(x: T) => x, deadLetter: <T>(x: T) => x, value: (x: unknown) => x }

export const openSummary = ({ key, status, plan, ...entry }: EntryView): Static<typeof ActionSummary> => ({
  action_id: key.id,
  namespace: key.namespace,
  tenant: key.tenant,
  provider: plan?.action.provider ?? '',
  delivered_by: null,
  action_type: plan?.action.action_type ?? '',
  status,
  try: entry.try,
  verdict: plan?.verdict ?? null,
  matched_rule: plan?.matched_rule ?? null,
  outcome: entry.outcome === null ? null : outcomeWord(entry.outcome.type),
  result: 'waiting',
  reason: null,
  dispatched_at: iso(entry.dispatched_at),
  completed_at: null,
  due_at: isoOrNull(entry.due_at),
})

export const recordSummary = (record: AuditRecord): Static<typeof ActionSummary> => ({
  action_id: record.action_id,
  namespace: record.namespace,
  tenant: record.tenant,
  provider: record.provider,
  delivered_by: record.delivered_by,
  action_type: record.action_type,
  status: 'settled',
  try: record.try,
  verdict: record.verdict,
  matched_rule: record.matched_rule,
  outcome: record.outcome,
  result: resultOf(record.outcome, record.outcome_details),
  reason: reasonOf(record.outcome, record.outcome_details, record.provider),
  dispatched_at: record.dispatched_at,
  completed_at: record.completed_at,
  due_at: null,
})

const MOST_WORDS = 60

/** A line of a list. */
export function actionRow(record: AuditRecord): Static<typeof ActionRow> {
  const provider = carrierOf(record)
  const wanted = wantedOf(record)
  // In a line there is no room for who did not take it and how often: what the last try met says more.
  const reason =
    (record.outcome === 'failed' ? record.trace.attempts.at(-1)?.error : undefined) ??
    reasonOf(record.outcome, record.outcome_details, record.provider)
  const subject = subjectOf(record.action_payload)
  return {
    id: record.action_id,
    ns: record.namespace,
    tenant: record.tenant,
    type: record.action_type,
    provider,
    ...(wanted !== provider && { wanted }),
    rule: record.matched_rule,
    outcome: record.outcome,
    result: resultFor(record),
    ...(reason !== null && { reason: cut(reason, MOST_WORDS) }),
    ...(subject !== undefined && { subject: cut(subject, MOST_WORDS) }),
    at: Date.parse(record.dispatched_at),
    ...(record.outcome !== OPEN && { took: record.duration_ms }),
  }
}

/** A member of a group, masked; its text is JSON that this program wrote. */
export function memberView(text: string, shown: Shown): { id: string | null; subject: string | null; member: unknown } {
  const whole: unknown = JSON.parse(text)
  const member = shown.value(whole)
  return {
    id: isObject(whole) && typeof whole['id'] === 'string' ? whole['id'] : null,
    subject: (isObject(member) ? subjectOf(member['payload']) : undefined) ?? null,
    member,
  }
}
