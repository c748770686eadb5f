import { strict as assert } from 'node:assert'
import type { AuditRecord } from '../audit/record.js'
import type { AuditFilter, AuditStore } from '../audit/store.js'
import type { EventNotice, EventView, HistoryEntry, StateStore } from '../state/store.js'
import type { ProviderCall, RecordingProvider } from './providers.js'

/** What is asserted of a value: objects may have more members than are named here, lists may not. */
export type Partly<T> = T extends readonly (infer E)[]
  ? readonly Partly<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | undefined }
    : T

/** What is asserted of one call of a provider. */
export interface ExpectedCall {
  action_type?: string
  payload?: unknown
  metadata?: Record<string, string>
  attempt?: number
  idempotency_key?: string
  event?: Partial<EventNotice>
  /** `success`, or the code that it failed with. */
  answer?: string | null
}

/**
 * Says how often a provider was called, or what with, call by call.
 *
 * @example
 * assertCalls(sim.provider('sms'), 2)
 * assertCalls(sim.provider('sms'), [{ attempt: 1, answer: 'TIMEOUT' }, { attempt: 2, answer: 'success' }])
 */
export function assertCalls(
  { name, calls }: RecordingProvider,
  expected: number | readonly ExpectedCall[],
): readonly ProviderCall[] {
  if (typeof expected === 'number')
    assert.equal(calls.length, expected, `expected ${expected} calls of "${name}", got ${calls.length}`)
  else assertPartly(calls.map(plainCall), expected, `calls of "${name}"`)
  return calls
}

const plainCall = ({ action, context, answer }: ProviderCall) => ({
  action_type: action.action_type,
  payload: action.payload,
  metadata: action.metadata,
  attempt: context.attempt,
  idempotency_key: context.idempotency_key,
  event: context.event,
  answer: answer === null ? null : 'code' in answer ? answer.code : answer.status,
})

export type ExpectedRecord = Partly<AuditRecord>

/**
 * Says what is on record, oldest first: all records that the filter lets pass, each with at least these fields.
 *
 * @example
 * await assertRecords(sim, { tenant: 't1' }, [{ outcome: 'executed' }, { outcome: 'throttled', matched_rule: 'few' }])
 */
export async function assertRecords(
  { audit }: { audit: Pick<AuditStore, 'query'> },
  filter: AuditFilter,
  expected: readonly ExpectedRecord[],
): Promise<AuditRecord[]> {
  const { records } = await audit.query({ limit: 1_000, ...filter })
  records.reverse()
  assertPartly(records, expected, 'records')
  return records
}

/** What is asserted of an event, and of its history, oldest first. */
export type ExpectedEvent = Partly<Omit<EventView, 'fingerprint'>> & { history?: readonly Partly<HistoryEntry>[] }

/**
 * Says how an event stands; null: there is none.
 * @param fingerprint its own, with namespace and tenant where it is not the only one
 *
 * @example
 * await assertEvent(sim, fingerprint, { state: 'stale', history: [{ to: 'firing' }, { from: 'firing', to: 'stale' }] })
 */
export async function assertEvent(
  { state }: { state: Pick<StateStore, 'event' | 'history'> },
  fingerprint: string | { fingerprint: string; namespace: string; tenant: string },
  expected: ExpectedEvent | null,
): Promise<EventView | null> {
  const named = typeof fingerprint === 'string' ? { fingerprint } : fingerprint
  const found = await state.event(named)
  assert.ok(
    found.length <= 1,
    `${found.length} tenants have an event "${named.fingerprint}": name namespace and tenant`,
  )
  const event = found[0] ?? null
  if (expected === null) assert.equal(event, null, `expected no event, got ${JSON.stringify(event)}`)
  if (expected === null || event === null) {
    assert.ok(expected === null, `there is no event "${named.fingerprint}"`)
    return event
  }
  const { history, ...fields } = expected
  assertPartly(event, fields, 'event')
  if (history !== undefined) assertPartly(await state.history(event), history, 'history of the event')
  return event
}

function assertPartly(found: unknown, expected: unknown, what: string): void {
  const differing = difference(found, expected, '')
  if (differing === null) return
  throw new assert.AssertionError({
    message: `${what}${differing}`,
    actual: found,
    expected,
    operator: 'partly',
    stackStartFn: assertPartly,
  })
}

/** The first place where they differ, as the end of a sentence; null: none. */
function difference(found: unknown, expected: unknown, path: string): string | null {
  const differs = `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`
  if (typeof expected !== 'object' || expected === null) return Object.is(found, expected) ? null : differs
  if (typeof found !== 'object' || found === null || Array.isArray(found) !== Array.isArray(expected)) return differs
  if (Array.isArray(expected) && expected.length !== (found as unknown[]).length)
    return `${path}: expected ${expected.length}, got ${(found as unknown[]).length}: ${JSON.stringify(found)}`
  for (const [name, value] of Object.entries(expected)) {
    if (value === undefined) continue
    const step = Array.isArray(expected) ? `[${name}]` : `.${name}`
    const inside = difference((found as Record<string, unknown>)[name], value, `${path}${step}`)
    if (inside !== null) return inside
  }
  return null
}
