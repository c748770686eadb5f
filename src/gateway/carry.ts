import type { Action } from '../action/action.js'
import type { Outcome, OutcomeOf } from '../action/outcome.js'
import type { Clock } from '../lib/clock.js'
import { batchLabels, batchPayload } from '../groups/batch.js'
import type { DeliveryResult, Executor } from '../delivery/executor.js'
import { standInsOf } from '../delivery/outcomes.js'
import { callsIn } from '../delivery/rounds.js'
import { StoreUnavailable, type Admission, type EventNotice, type StateStore } from '../state/store.js'
import type { Ask } from './ask.js'
import type { Observer } from './gateway.js'
import { recordKindOf, type Drafts } from './records.js'
import type { Waiters } from './waiters.js'

/** Carries admitted work to its outcome. There is this one way to a provider, for whatever brought the work about. */
export interface Carry {
  /** Resolves with the outcome, or with null when the work is no longer this node's (another one brings it to its end). */
  (admission: Admission): Promise<Outcome | null>
  /** The same for work that nobody waits for. */
  start(admissions: Admission[]): void
  /** Work that was started and has not ended. */
  readonly running: number
  /** Resolves when no started work is left, at the latest after `patienceMs`. */
  idle(patienceMs: number): Promise<void>
}

/** How long to wait before work that failed in ourselves is tried again. */
const AGAIN_MS = 5_000

export interface CarryParts {
  state: StateStore
  ask: Ask
  executor: Executor
  drafts: Drafts
  waiters: Waiters
  observer: Observer
  newId: () => string
  clock: Clock
  /** The store's clock, milliseconds. */
  now: () => number
  /** Plans a due scheduled action anew and admits the plan; null when it was settled there, or is not ours any more. */
  planDue: (admission: Admission) => Promise<Admission | Outcome | null>
  /** Tells the scheduler that a job was added. */
  jobAdded: (dueAt: number) => void
}

export function createCarry(parts: CarryParts): Carry {
  const { state, ask, executor, drafts, waiters, observer, newId, clock, now, planDue, jobAdded } = parts
  let running = 0
  let whenIdle: (() => void)[] = []

  async function carry(admission: Admission): Promise<Outcome | null> {
    try {
      return await carryOn(admission)
    } catch (error) {
      // A silent store ends this incarnation, and whoever comes next resumes the entry. After anything else it is still
      // ours, and nobody but us will take it up again.
      if (!(error instanceof StoreUnavailable)) clock.after(AGAIN_MS, () => carry.start([admission]))
      throw error
    }
  }

  async function carryOn(admission: Admission): Promise<Outcome | null> {
    if (admission.origin.kind === 'schedule' && !admission.origin.planned) {
      const planned = await planDue(admission)
      return planned !== null && 'fence' in planned ? carry(planned) : planned
    }
    const action = actionToSend(admission)
    const result = await executor.deliver(admission, action, eventOf(admission))
    switch (result.kind) {
      case 'lost':
        return null
      case 'park':
        return park(admission, action, result)
      case 'outcome':
        return complete(admission, action, result)
    }
  }

  /** Outcome and record in one step, under the fence; then what that step made due. */
  async function complete(
    admission: Admission,
    action: Action,
    { outcome: bare, attempts, dead_letter }: Extract<DeliveryResult, { kind: 'outcome' }>,
  ): Promise<Outcome | null> {
    const { key, fence, owner } = admission
    const outcome = { ...bare, action_id: key.id }
    const { kind, links } = recordKindOf(key, admission.origin, admission.plan.action)
    const dead_letter_id = newId()
    const draft = drafts.of({
      kind,
      action_id: key.id,
      action,
      plan: admission.plan,
      context: admission.context,
      try: admission.try,
      attempts,
      takeovers: admission.takeovers,
      links: { ...links, ...(dead_letter !== undefined && { dead_letter: dead_letter_id }) },
    })
    draft.trace.gates = admission.gates
    const standIns = standInsOf(admission.plan, attempts)
    if (standIns.length > 0) draft.trace.fallbacks = standIns
    const completed = await ask('complete', 'until-done', (op) =>
      state.complete({
        ...op,
        owner,
        key,
        fence,
        outcome,
        redacted: drafts.outcome(outcome),
        draft,
        ...(dead_letter !== undefined && { dead_letter: { id: dead_letter_id, ...dead_letter, attempts } }),
      }),
    )
    if (completed.kind === 'replaced') return null
    waiters.settled(key, outcome)
    observer.outcome?.({
      kind,
      outcome: outcome.type,
      provider: outcome.type === 'Rerouted' ? outcome.new_provider : action.provider,
      rule: draft.matched_rule,
      verdict: draft.verdict,
      action_id: key.id,
      action_type: action.action_type,
      namespace: key.namespace,
      tenant: key.tenant,
      ...(dead_letter !== undefined && { dead_letter: dead_letter_id }),
      dispatchedAt: admission.dispatched_at,
      durationMs: completed.completed_at - admission.dispatched_at,
      ...(outcome.type === 'Failed' && { message: outcome.message }),
      ...(admission.context.trace_context !== undefined && { trace_context: admission.context.trace_context }),
      attempts: draft.trace.attempts,
    })
    carry.start(completed.follow)
    return outcome
  }

  /** Stores a late retry. Whoever waits is told that it goes on (`retrying: true`), and when. */
  async function park(
    { key, fence, owner }: Admission,
    action: Action,
    { delay_ms, attempts, outcome: given }: Extract<DeliveryResult, { kind: 'park' }>,
  ): Promise<Outcome | null> {
    const last = attempts.at(-1)
    const outcome: OutcomeOf<'Failed'> = {
      ...(given?.type === 'Failed'
        ? given
        : {
            type: 'Failed',
            code: last?.code ?? 'PROVIDER_ERROR',
            message: `${last?.error ?? `Provider "${action.provider}" could not take it`}; it is tried again.`,
            attempts: callsIn(attempts),
          }),
      retryable: false,
      retrying: true,
      next_attempt_at: new Date(now() + delay_ms).toISOString(),
      action_id: key.id,
    }
    const parked = await ask('park', 'until-done', (op) =>
      state.park({ ...op, owner, key, fence, delay_ms, attempts, outcome }),
    )
    if (parked.kind === 'replaced') return null
    jobAdded(parked.due_at)
    outcome.next_attempt_at = new Date(parked.due_at).toISOString()
    waiters.settled(key, outcome)
    return outcome
  }

  carry.start = (admissions: Admission[]): void => {
    for (const admission of admissions) {
      running++
      carry(admission)
        .catch((error: unknown) => {
          // Nothing is lost: the entry is open.
          observer.log?.('error', 'work could not be brought to its outcome and will be resumed', {
            action_id: admission.key.id,
            error: String(error),
          })
        })
        .finally(() => {
          if (--running > 0) return
          for (const tell of whenIdle) tell()
          whenIdle = []
        })
    }
  }
  carry.idle = (patienceMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (running === 0) return resolve()
      const cancel = clock.after(patienceMs, resolve)
      whenIdle.push(() => {
        cancel()
        resolve()
      })
    })
  Object.defineProperty(carry, 'running', { get: () => running })
  return carry as Carry
}

/** The body that goes out, made from the journaled plan alone, so that every attempt on every node sends the same bytes. */
export function actionToSend({ key, plan, origin }: Admission): Action {
  switch (origin.kind) {
    case 'dispatch':
    case 'notification':
      return plan.action
    case 'schedule':
      return { ...plan.action, id: key.id }
    case 'flush':
      return {
        ...plan.action,
        id: key.id,
        payload: batchPayload(origin.batch),
        metadata: batchLabels(origin.batch),
        created_at: new Date(origin.batch.flushed_at).toISOString(),
      }
  }
}

const eventOf = ({ origin }: Admission): EventNotice | undefined =>
  origin.kind === 'notification' ? origin.event : undefined
