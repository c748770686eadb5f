import type { Action } from '../action/action.js'
import type { Outcome, ProviderResponse } from '../action/outcome.js'
import type { Json } from '../lib/json.js'
import type { AuditRecord } from './record.js'
import type { Redactor } from './redact.js'
import type { Trace, TraceAttempt, TracePart } from './trace.js'

/** How much of a provider's answer is kept in a trace, characters. */
export const EXCERPT_LENGTH = 512
/** Looked at before it is cut, so that a secret is masked whole. */
const LOOKED_AT = 8_192

/** Headers whose values are credentials, whatever the configured fields. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'])

/** What else a caller named that a record keeps among its labels. */
const NAMED = ['dedup_key', 'fingerprint', 'status', 'starts_at', 'ends_at'] as const

/** A record's `metadata`: the labels, flat, and what else the caller named, with two underscores in front. Not redacted. */
export function recordMetadata(action: Action): Record<string, string> {
  const metadata: Record<string, string> = { ...action.metadata }
  for (const name of NAMED) if (action[name] !== undefined) metadata[`__${name}`] = action[name]
  return metadata
}

/** The action that a record tells of, as far as it is on record: masked, as it was planned. */
export function recordedAction(
  record: Pick<
    AuditRecord,
    'action_id' | 'namespace' | 'tenant' | 'provider' | 'action_type' | 'action_payload' | 'metadata' | 'dispatched_at'
  >,
): Action {
  const action: Action = {
    id: record.action_id,
    namespace: record.namespace,
    tenant: record.tenant,
    provider: record.provider,
    action_type: record.action_type,
    payload: record.action_payload as Json,
    metadata: Object.fromEntries(Object.entries(record.metadata).filter(([name]) => !name.startsWith('__'))),
    created_at: record.dispatched_at,
  }
  for (const name of NAMED) {
    const value = record.metadata[`__${name}`]
    if (value !== undefined) action[name] = value
  }
  return action
}

/** An outcome as it may be shown: masked inside what a provider answered and said; its own fields keep their form. */
export function redactedOutcome(outcome: Outcome, redactor: Redactor): Outcome {
  if (!redactor.enabled) return outcome
  switch (outcome.type) {
    case 'Executed': {
      const response = redactedResponse(outcome, redactor)
      return response === outcome ? outcome : { ...outcome, ...response }
    }
    case 'Rerouted': {
      const response = redactedResponse(outcome.response, redactor)
      return response === outcome.response ? outcome : { ...outcome, response }
    }
    case 'Failed': {
      const message = redactor.text(outcome.message)
      return message === outcome.message ? outcome : { ...outcome, message }
    }
    case 'PendingApproval':
      // Whoever has these addresses may decide.
      return { ...outcome, approve_url: redactor.placeholder, reject_url: redactor.placeholder }
    case 'DryRun': {
      const shown = { ...outcome, payload: redactor.value(outcome.payload) }
      return outcome.trace === undefined ? shown : { ...shown, trace: redactedTrace(outcome.trace as Trace, redactor) }
    }
    case 'Deduplicated':
    case 'Suppressed':
    case 'Throttled':
    case 'Grouped':
    case 'StateChanged':
    case 'Silenced':
    case 'Muted':
    case 'QuotaExceeded':
    case 'CircuitOpen':
    case 'Scheduled':
    case 'RecurringCreated':
    case 'ChainStarted':
      return outcome
  }
}

function redactedResponse<R extends ProviderResponse>(response: R, redactor: Redactor): R {
  const body = redactor.value(response.body)
  let headers = redactor.labels(response.headers)
  for (const name of Object.keys(headers))
    if (SECRET_HEADERS.has(name.toLowerCase())) headers = { ...headers, [name]: redactor.placeholder }
  return body === response.body && headers === response.headers ? response : { ...response, body, headers }
}

/** A trace as it may be shown: the values found at masked paths, notes, and what providers answered. */
export function redactedTrace(trace: Trace, redactor: Redactor): Trace {
  if (!redactor.enabled) return trace
  const rules = mapped(trace.rules, (rule) => {
    const parts = rule.parts && mapped(rule.parts, (part) => redactedPart(part, redactor))
    const note = rule.note && redactor.text(rule.note)
    if (parts === rule.parts && note === rule.note) return rule
    return { ...rule, ...(parts && { parts }), ...(note !== undefined && { note }) }
  })
  const attempts = redactedAttempts(trace.attempts, redactor)
  return rules === trace.rules && attempts === trace.attempts ? trace : { ...trace, rules, attempts }
}

/** Attempts as they may be shown: masked, the excerpt of the answer at most `EXCERPT_LENGTH` characters. */
export function redactedAttempts(attempts: TraceAttempt[], redactor: Redactor): TraceAttempt[] {
  return mapped(attempts, (attempt) => {
    const excerpt = attempt.excerpt === undefined ? undefined : excerptOf(attempt.excerpt, redactor)
    const error = attempt.error === undefined ? undefined : excerptOf(attempt.error, redactor)
    if (excerpt === attempt.excerpt && error === attempt.error) return attempt
    return { ...attempt, ...(excerpt !== undefined && { excerpt }), ...(error !== undefined && { error }) }
  })
}

/** The beginning of a text, masked before it is cut; at most `EXCERPT_LENGTH` characters, no character split. */
export function excerptOf(text: string, redactor: Redactor): string {
  const masked = redactor.text(text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text)
  if (masked.length <= EXCERPT_LENGTH) return masked
  const cut = masked.slice(0, EXCERPT_LENGTH - 1)
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** A part names the path it read (`payload.token eq "x"`), or several, as arguments or inside a CEL text. */
function redactedPart(part: TracePart, redactor: Redactor): TracePart {
  const note = part.note && redactor.text(part.note)
  const found = 'found' in part ? redactedFound(part, redactor) : undefined
  if (note === part.note && found === part.found) return part
  return { ...part, ...('found' in part && { found }), ...(note !== undefined && { note }) }
}

const PATHS = /[\p{L}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}\p{N}_$-]+)+/gu

function redactedFound({ part, found }: TracePart, redactor: Redactor): unknown {
  if (found === null || found === undefined) return found
  const paths = part.slice(0, 4_096).match(PATHS) ?? []
  if (paths.some((path) => redactor.masks(path))) return redactor.placeholder
  return redactor.value(found, paths[0]?.split('.'))
}

/** `map` that answers the list itself when nothing in it changed. */
function mapped<T>(list: T[], change: (item: T) => T): T[] {
  let copy: T[] | undefined
  for (const [i, item] of list.entries()) {
    const changed = change(item)
    if (changed !== item) (copy ??= [...list])[i] = changed
  }
  return copy ?? list
}
