import { carrierOf, type AuditRecord } from '../../audit/record.js'
import type { Trace, TraceAttempt, TraceGate, TracePart, TraceRule } from '../../audit/trace.js'
import { formatDuration } from '../../lib/durations.js'
import { recordedOutcomeText } from './outcome.js'
import { cut } from '../../lib/cut.js'
import { printable, timeText } from './table.js'

/** The parts of `GET /v1/actions/{id}` that the story is told from. */
export interface StoryParts {
  action_id: string
  status: string
  /** Oldest first: each try, and what happened later to the same id. */
  records: AuditRecord[]
  /** Of what it belongs to: the flush of its group, the moves of its event. */
  later?: AuditRecord[]
  /** The journal's entry while there is no record yet. */
  entry?: { plan?: { trace?: Trace } | null; attempts?: TraceAttempt[]; due_at?: string | number | null } | null
}

/** Why an action became what it became, for people: what arrived, each rule, gates, attempts, outcome, what came later. */
export function storyText({ action_id, status, records, later = [], entry }: StoryParts): string {
  const tries = records.filter(({ kind }) => kind === 'dispatch')
  const after = [...records.filter(({ kind }) => kind !== 'dispatch'), ...later]
  const lines = [`Action ${printable(action_id)}${status === 'settled' ? '' : `, ${status}`}`]
  for (const record of tries) lines.push('', ...tryLines(record, tries.length > 1))
  if (tries.length === 0) lines.push('', ...openLines(entry))
  if (after.length > 0) lines.push('', 'Later', ...after.map(laterLine))
  return `${lines.join('\n')}\n`
}

function tryLines(record: AuditRecord, several: boolean): string[] {
  const { namespace, tenant, provider, action_type, dispatched_at, duration_ms, outcome, outcome_details } = record
  return [
    ...(several ? [`Try ${record.try}`] : []),
    `  ${printable(`${action_type} for ${provider}, ${namespace} / ${tenant}`)}`,
    `  arrived ${timeText(dispatched_at)}, took ${formatDuration(duration_ms)}, from ${printable(record.caller_id)}`,
    ...payloadLines(record),
    ...traceLines(record.trace),
    `  Outcome  ${recordedOutcomeText(outcome, outcome_details)}`,
    ...standInLines(record),
    `           ${decisionText(record)}`,
  ]
}

function openLines(entry: StoryParts['entry']): string[] {
  const due = entry?.due_at == null ? [] : [`  due ${timeText(entry.due_at)}`]
  const trace = entry?.plan?.trace
  const attempts = entry?.attempts ?? []
  const sofar =
    trace === undefined ? [] : traceLines({ ...trace, attempts: attempts.length > 0 ? attempts : trace.attempts })
  return [...due, ...sofar, '  It has no outcome yet.']
}

function standInLines(record: AuditRecord): string[] {
  const by = carrierOf(record)
  return by === record.provider
    ? []
    : [`           ${printable(`taken by ${by}, which stood in for ${record.provider}`)}`]
}

const decisionText = ({ verdict, matched_rule }: AuditRecord): string =>
  matched_rule === null
    ? `decided by no rule (${printable(verdict)})`
    : `decided by rule ${printable(matched_rule)} (${printable(verdict)})`

function payloadLines({ action_payload, metadata }: AuditRecord): string[] {
  const labels = Object.entries(metadata)
    .filter(([name]) => !name.startsWith('__'))
    .map(([name, value]) => `${name}=${value}`)
  return [
    ...(action_payload == null ? [] : [`  payload ${valueText(action_payload, 160)}`]),
    ...(labels.length === 0 ? [] : [`  labels  ${printable(cut(labels.join(' '), 160))}`]),
  ]
}

/** What the rules made of an action: one line per rule, the parts and values of its condition below it. */
export function traceLines(trace: Trace): string[] {
  const { rules, rules_behind = 0, rules_omitted, gates, attempts, fallbacks, takeovers, links } = trace
  const lines: string[] = []
  if (rules.length > 0 || rules_omitted !== undefined) lines.push('  Rules')
  for (const rule of rules) lines.push(...ruleLines(rule))
  if (rules_behind > 0) lines.push(`    … ${rules_behind} not looked at`)
  if (rules_omitted !== undefined && rules_omitted > 0)
    lines.push(`    … ${rules_omitted} more that cannot match this kind of action`)
  if (gates.length > 0) lines.push('  Gates', ...gates.map(gateLine))
  if (attempts.length > 0) lines.push('  Attempts', ...attempts.flatMap(attemptLines))
  if (fallbacks !== undefined && fallbacks.length > 0) lines.push(`  Stood in: ${printable(fallbacks.join(' → '))}`)
  if (takeovers !== undefined && takeovers > 0)
    lines.push(`  Taken over ${takeovers} time${takeovers === 1 ? '' : 's'}`)
  lines.push(...linkLines(links))
  return lines
}

const MARKS = { matched: '✓', not_matched: '·', skipped: '-', error: '!' } as const
const RESULTS = { matched: 'matched', not_matched: 'no', skipped: 'skipped', error: 'error' } as const

function ruleLines({ rule, result, verdict, parts = [], note }: TraceRule): string[] {
  const what = result === 'matched' && verdict !== undefined ? verdict : RESULTS[result]
  return [
    `    ${MARKS[result]} ${printable(rule)}: ${what}${note === undefined ? '' : ` (${printable(note)})`}`,
    ...parts.map(partLine),
  ]
}

function partLine({ part, result, found, note }: TracePart): string {
  const value = found === undefined ? '' : `; found ${valueText(found, 80)}`
  const why = note === undefined ? '' : `; ${printable(note)}`
  return `        ${result ? 'true ' : 'false'}  ${printable(part)}${value}${why}`
}

function gateLine({ rule, verdict, would, used, limit, holder, retry_after_ms }: TraceGate): string {
  const full = used === undefined ? '' : `, ${used}${limit === undefined ? '' : ` of ${limit}`} used before it`
  const held = holder === undefined ? '' : `, held by ${printable(holder)}`
  const again = retry_after_ms === undefined ? '' : `, room again in ${formatDuration(retry_after_ms)}`
  const mark = would === 'pass' ? '✓' : '✗'
  return `    ${mark} ${printable(rule)}: ${printable(verdict)} ${would === 'pass' ? 'passed' : 'refused'}${full}${held}${again}`
}

function attemptLines({
  attempt,
  provider,
  at,
  duration_ms,
  result,
  status,
  code,
  error,
  excerpt,
  backoff_ms,
}: TraceAttempt): string[] {
  const answer = [status === undefined ? '' : `status ${status}`, code ?? '', error ?? ''].filter((part) => part !== '')
  const how = result === 'success' ? 'success' : result === 'ambiguous' ? 'no telling whether it took effect' : 'failed'
  const wait = backoff_ms === undefined ? '' : `, waited ${formatDuration(backoff_ms)}`
  return [
    `    ${attempt}. ${printable(provider)} ${timeText(at)}, ${formatDuration(duration_ms)}: ${how}${answer.length === 0 ? '' : ` (${printable(answer.join(', '))})`}${wait}`,
    ...(excerpt === undefined || excerpt === '' ? [] : [`       answer ${cut(printable(excerpt), 160)}`]),
  ]
}

function linkLines(links: Trace['links']): string[] {
  const { duplicate_of, duplicates, event, group, replayed_from, scheduled_by, caused_by, dead_letter } = links
  const named: [string, string | undefined][] = [
    ['Duplicate of', duplicate_of],
    ['Event', event],
    ['Group', group],
    ['Replay of', replayed_from],
    ['Scheduled by', scheduled_by],
    ['Caused by', caused_by],
    ['Dead letter', dead_letter],
  ]
  const lines = named.filter(([, id]) => id !== undefined).map(([label, id]) => `  ${label} ${printable(id!)}`)
  if (duplicates !== undefined && duplicates.count > 0)
    lines.push(
      `  Stood for ${duplicates.count} duplicate${duplicates.count === 1 ? '' : 's'}: ${printable(duplicates.last.join(', '))}`,
    )
  return lines
}

const KINDS: Readonly<Record<AuditRecord['kind'], string>> = {
  dispatch: 'dispatched',
  flush: 'group sent',
  notification: 'notified',
  schedule: 'came due',
  transition: 'event moved',
  dead_letter: 'dead letter',
  system: 'gateway',
}

const laterLine = ({ kind, completed_at, outcome, outcome_details, action_id, ...record }: AuditRecord): string =>
  `  ${timeText(completed_at)}  ${KINDS[kind] ?? kind}: ${recordedOutcomeText(outcome, outcome_details)} [${printable(carrierOf(record))}, ${printable(action_id)}]`

const valueText = (value: unknown, length: number): string => cut(printable(JSON.stringify(value) ?? 'nothing'), length)
