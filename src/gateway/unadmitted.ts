import type { ParsedAction } from '../action/action.js'
import type { Outcome } from '../action/outcome.js'
import type { AuditEntry } from '../audit/record.js'
import type { AuditStore } from '../audit/store.js'
import type { Executor, LeaseGuard } from '../delivery/executor.js'
import { sleep, type Clock } from '../lib/clock.js'
import type { Plan } from '../state/plan.js'
import { contextOf, keyOfAction } from './dispatch.js'
import type { DispatchOptions, Observer } from './gateway.js'
import type { Drafts } from './records.js'

/** The owner of what was never admitted: no lease vouches for it, and none can end it. */
export const NOBODY = -1

const KEPT = 1_000
const AGAIN_MS = 1_000

/**
 * Delivers, while the state store is away, what only has gates that say `on_state_error: allow` (spec section 12, P4):
 * unguarded and unresumable, which the record says. Records wait in memory, at most 1,000, until the audit store takes them.
 */
export function createUnadmitted(parts: {
  executor: Executor
  audit: AuditStore | null
  drafts: Drafts
  clock: Clock
  observer: Observer
}): (parsed: ParsedAction, plan: Plan, options: DispatchOptions) => Promise<Outcome> {
  const { executor, audit, drafts, clock, observer } = parts
  const waiting: AuditEntry[] = []
  let recording = false

  async function record(): Promise<void> {
    if (recording || audit === null) return
    recording = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 100)
      try {
        await audit.append(batch)
        waiting.splice(0, batch.length)
      } catch (error) {
        observer.log?.('warn', 'records of actions that went unadmitted wait for the audit store', {
          error: String(error),
        })
        await sleep(clock, AGAIN_MS)
      }
    }
    recording = false
  }

  return async (parsed, plan, options) => {
    const { action } = parsed
    const key = keyOfAction(action)
    const context = contextOf(action, options)
    const dispatched_at = clock.now()
    observer.log?.('warn', 'state cannot be asked; delivered ungated because every gate says on_state_error: allow', {
      action_id: action.id,
    })
    const result = await executor.deliver(
      {
        key,
        try: 1,
        fence: 0,
        owner: NOBODY,
        dispatched_at,
        plan,
        origin: { kind: 'dispatch' },
        context,
        attempts: [],
        takeovers: 0,
        lane: null,
        gates: [],
        idempotency_key: action.id,
      },
      plan.action,
    )
    const outcome: Outcome =
      result.kind === 'outcome'
        ? result.outcome
        : {
            type: 'Failed',
            code: 'PROVIDER_ERROR',
            message:
              'The provider could not take it, and a later attempt cannot be stored while the state store is away. Try again.',
            retryable: true,
            attempts: result.kind === 'park' ? result.attempts.length : 0,
          }
    const draft = drafts.of({
      kind: 'dispatch',
      action_id: action.id,
      action: plan.action,
      plan,
      context,
      try: 1,
      attempts: result.kind === 'lost' ? [] : result.attempts,
      verdict_details: { on_state_error: 'allow' },
    })
    if (waiting.length >= KEPT) {
      observer.log?.('error', 'a record was lost: too many wait for the audit store', { action_id: action.id })
    } else
      waiting.push({ draft, decision: { outcome: drafts.outcome(outcome), dispatched_at, completed_at: clock.now() } })
    record().catch((error: unknown) => observer.log?.('error', 'recording failed', { error: String(error) }))
    return outcome
  }
}

/** The node's lease, which what was never admitted does not need. */
export const leaseOrNone = (lease: LeaseGuard): LeaseGuard => {
  const unending = new AbortController().signal
  return {
    mayStart: (owner) => (owner === NOBODY ? Promise.resolve(true) : lease.mayStart(owner)),
    signal: (owner) => (owner === NOBODY ? unending : lease.signal(owner)),
    storeNow: () => lease.storeNow(),
  }
}
