import { parseAction, type Action, type ParsedAction } from '../action/action.js'
import type { Outcome, OutcomeOf } from '../action/outcome.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import type { Executor } from '../delivery/executor.js'
import type { Plan } from '../state/plan.js'
import { StoreUnavailable, type Admission, type Admitted, type EntryKey, type StateStore } from '../state/store.js'
import { ANSWER_WITHIN_MS, unavailable, unknownIfAccepted, type Ask } from './ask.js'
import type { Carry } from './carry.js'
import type { Caller, DispatchOptions, Observer, Submitted } from './gateway.js'
import { jobOf } from './job-of.js'
import type { NodeLease } from './lease.js'
import type { Planning } from './planning.js'
import { recordKindOf, type Drafts } from './records.js'
import type { Waiters } from './waiters.js'

/** How long a due action waits when a cap of its tenant, or the outbox, is full. */
const BOUND_PAUSE_MS = 10_000

export interface DispatchParts {
  state: StateStore
  ask: Ask
  lease: NodeLease
  planning: Planning
  carry: Carry
  executor: Executor
  waiters: Waiters
  drafts: Drafts
  observer: Observer
  clock: Clock
  newId: () => string
  /** The longest that a dispatch may take, and so that a request with the same id waits. */
  patienceMs: number
  /** Delivers what every gate lets pass although the state store is away, and records it later. */
  deliverUnadmitted: (parsed: ParsedAction, plan: Plan, options: DispatchOptions) => Promise<Outcome>
  /** Tells the scheduler that a job may have been added. */
  jobAdded: (dueAt: number | null) => void
}

export interface Dispatch {
  submit(input: unknown, options?: DispatchOptions): Promise<Submitted>
  batch(inputs: unknown[], options?: DispatchOptions): Promise<(Submitted | ActeonError)[]>
  /** Plans a due scheduled action anew, and admits that plan under the fence it has. */
  due(admission: Admission): Promise<Admission | Outcome | null>
}

export function createDispatch(parts: DispatchParts): Dispatch {
  const { state, ask, lease, planning, carry, executor, waiters, drafts, observer, clock, newId, patienceMs } = parts

  /** From an action as it was sent to what became of it: plan, admit, deliver, complete. */
  async function submit(input: unknown, options: DispatchOptions = {}): Promise<Submitted> {
    const parsed = parse(input, options)
    const plan = await planFor(parsed, options)
    if (options.dry_run === true) return answer(parsed, await dryRun(parsed, plan))
    return conclude(parsed, plan, options, admit(parsed, plan, options))
  }

  /** Items are planned and sent to the store in their order; what is admitted is delivered in parallel. */
  async function batch(inputs: unknown[], options: DispatchOptions = {}): Promise<(Submitted | ActeonError)[]> {
    const answers: Promise<Submitted | ActeonError>[] = []
    for (const input of inputs) {
      try {
        const parsed = parse(input, options)
        const plan = await planFor(parsed, options)
        const submitted =
          options.dry_run === true
            ? dryRun(parsed, plan).then((outcome) => answer(parsed, outcome))
            : conclude(parsed, plan, options, admit(parsed, plan, options))
        answers.push(submitted.catch(asRefusal))
      } catch (error) {
        answers.push(Promise.resolve(asRefusal(error)))
      }
    }
    return Promise.all(answers)
  }

  function parse(input: unknown, { idHeader, trace_context, caller }: DispatchOptions): ParsedAction {
    const parsed = parseAction(input, { clock, newId, idHeader })
    if (caller !== undefined) refuseUncovered(parsed.action, caller)
    if (trace_context !== undefined && Object.keys(trace_context).length > 0)
      parsed.action.trace_context = { ...trace_context, ...parsed.action.trace_context }
    return parsed
  }

  async function planFor({ action }: ParsedAction, options: DispatchOptions): Promise<Plan> {
    const plan = await planning.plan(action, { context: contextOf(action, options) }).catch((error: unknown) => {
      throw error instanceof StoreUnavailable
        ? unavailable(new StoreUnavailable(error.message, 'no'), action.id)
        : error
    })
    if (plan.ending === null && options.dry_run !== true && executor.busy(plan.action.provider))
      throw new ActeonError(
        'PROVIDER_BUSY',
        `Provider "${plan.action.provider}" has its queue full; nothing was accepted. Try again.`,
        { action_id: action.id },
        { retryAfterMs: 1_000 },
      )
    return plan
  }

  /** One atomic step: id, gates, journal, ending. */
  async function admit(parsed: ParsedAction, plan: Plan, options: DispatchOptions): Promise<Admitted> {
    const { action, body_hash } = parsed
    const key = keyOfAction(action)
    const context = contextOf(action, options)
    const { kind, links } = recordKindOf(key, { kind: 'dispatch' }, action)
    const draft = drafts.of({ kind, action_id: action.id, action: plan.action, plan, context, try: 1, links })
    const lane = planning.laneOf(plan)
    const original = plan.action === action ? null : action
    for (;;) {
      const owner = lease.owner()
      const admitted = await ask('admit', 'until-known', (op) =>
        state.admit({ ...op, owner, key, body_hash, plan, original, draft, context, lane }),
      )
      // The lease ran out meanwhile: nothing was changed, and the next incarnation may ask.
      if (admitted.kind !== 'not_owner') return admitted
      if (owner === lease.owner()) lease.giveUp()
      await lease.mayStart(lease.owner())
    }
  }

  /** What follows from an admission. A store that is silent for 2 s is told of; its late answer is still honoured. */
  async function conclude(
    parsed: ParsedAction,
    plan: Plan,
    options: DispatchOptions,
    admitting: Promise<Admitted>,
  ): Promise<Submitted> {
    const { action } = parsed
    let told = false
    const work = admitting.then((admitted) => follow(parsed, plan, admitted, options, () => told))
    const admission = new Promise<'silent' | 'answered'>((resolve) => {
      const cancel = clock.after(ANSWER_WITHIN_MS, () => resolve('silent'))
      const answered = (): void => {
        cancel()
        resolve('answered')
      }
      admitting.then(answered, answered)
    })
    if ((await admission) === 'silent') {
      told = true
      work.catch((error: unknown) =>
        observer.log?.('warn', 'an action whose caller was told "unknown" was not accepted', {
          action_id: action.id,
          error: String(error),
        }),
      )
      throw unknownIfAccepted(action.id)
    }
    try {
      return await work
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      if (mayGoUnadmitted(plan)) return answer(parsed, await parts.deliverUnadmitted(parsed, plan, options))
      throw unavailable(error, action.id)
    }
  }

  async function follow(
    parsed: ParsedAction,
    plan: Plan,
    admitted: Admitted,
    options: DispatchOptions,
    unheard: () => boolean,
  ): Promise<Submitted> {
    const { action } = parsed
    const key = keyOfAction(action)
    const answersFirst = options.async === true || planning.answersFirst(plan)
    switch (admitted.kind) {
      case 'deliver': {
        if (!answersFirst && !unheard()) {
          const outcome = await carry(admitted.admission)
          return outcome === null ? answer(parsed, await waitFor(key)) : answer(parsed, outcome)
        }
        carry.start([admitted.admission])
        return answer(parsed, underWay(action.id, admitted.admission.dispatched_at))
      }
      case 'settled': {
        const outcome = { ...admitted.outcome, action_id: action.id }
        carry.start(admitted.follow)
        parts.jobAdded(jobOf(outcome, plan, admitted.dispatched_at))
        waiters.settled(key, outcome)
        announce(plan, admitted, action.id, 'dispatch')
        return answer(parsed, outcome)
      }
      case 'queued':
        return answer(parsed, answersFirst ? underWay(action.id, admitted.dispatched_at) : await waitFor(key))
      case 'in_progress':
        return { ...answer(parsed, admitted.outcome ?? (await waitFor(key))), replayed: true }
      case 'replayed':
        return { ...answer(parsed, admitted.outcome), replayed: true }
      default:
        throw refusalOf(admitted, action)
    }
  }

  async function waitFor(key: EntryKey): Promise<Outcome> {
    const outcome = await waiters.wait(key, patienceMs)
    if (outcome !== null) return outcome
    if (waiters.stopped)
      throw new ActeonError(
        'DRAINING',
        `This node is stopping, and action "${key.id}" goes on at another, or when this one is back; ask again with the same id.`,
        { action_id: key.id },
        { retryAfterMs: 1_000 },
      )
    throw new ActeonError(
      'IN_PROGRESS',
      `Action "${key.id}" is still running; ask again with the same id, or look at /v1/actions/${key.id}.`,
      { action_id: key.id },
      { retryAfterMs: 5_000 },
    )
  }

  async function dryRun({ action }: ParsedAction, plan: Plan): Promise<Outcome> {
    const gates =
      plan.ending?.kind === 'answer' ? [] : await state.peek({ entry: keyOfAction(action), gates: plan.gates })
    const refusing = gates.find((gate) => gate.would === 'refuse')
    const outcome: OutcomeOf<'DryRun'> = {
      type: 'DryRun',
      verdict: refusing?.verdict ?? plan.verdict,
      matched_rule: refusing?.rule ?? plan.matched_rule,
      would_be_provider: plan.action.provider,
      matched_rules: plan.matched_rules,
      payload: plan.action.payload,
      gates: gates.map(({ rule, would }) => ({ rule, would })),
      trace: { ...plan.trace, gates },
    }
    return outcome
  }

  async function due(admission: Admission): Promise<Admission | Outcome | null> {
    const { key, fence, owner, origin, context } = admission
    if (origin.kind !== 'schedule') return admission
    const plan = await planning.plan(
      { ...admission.plan.action, provider: admission.plan.original_provider, id: key.id },
      { context, without: new Set(origin.rules), passed: new Set(origin.passed) },
    )
    const { kind, links } = recordKindOf(key, origin, plan.action)
    const draft = drafts.of({ kind, action_id: key.id, action: plan.action, plan, context, try: admission.try, links })
    const admitted = await ask('admit', 'until-done', (op) =>
      state.admit({
        ...op,
        owner,
        key,
        body_hash: '',
        plan,
        original: null,
        draft,
        context,
        lane: planning.laneOf(plan),
        continues: { fence },
      }),
    )
    switch (admitted.kind) {
      case 'deliver':
        return admitted.admission
      case 'settled':
        carry.start(admitted.follow)
        parts.jobAdded(jobOf(admitted.outcome, plan, admitted.dispatched_at))
        announce(plan, admitted, key.id, 'schedule')
        return { ...admitted.outcome, action_id: key.id }
      case 'limit':
      case 'backlog': {
        observer.log?.('warn', 'a scheduled action is due and must wait, because a bound is reached', {
          action_id: key.id,
          bound: admitted.kind,
        })
        await ask('park', 'until-done', (op) =>
          state.park({ ...op, owner, key, fence, delay_ms: BOUND_PAUSE_MS, attempts: [] }),
        )
        return null
      }
      default:
        return null
    }
  }

  function announce(
    plan: Plan,
    settled: Extract<Admitted, { kind: 'settled' }>,
    action_id: string,
    kind: 'dispatch' | 'schedule',
  ): void {
    const { outcome, gates, dispatched_at } = settled
    const refusing = gates.find((gate) => gate.would === 'refuse')
    const message = 'reason' in outcome ? outcome.reason : 'message' in outcome ? outcome.message : undefined
    observer.outcome?.({
      kind,
      outcome: outcome.type,
      provider: plan.action.provider,
      rule: refusing?.rule ?? plan.matched_rule,
      verdict: refusing?.verdict ?? plan.verdict,
      action_id,
      action_type: plan.action.action_type,
      namespace: plan.action.namespace,
      tenant: plan.action.tenant,
      dispatchedAt: dispatched_at,
      durationMs: Math.max(0, lease.storeNow() - dispatched_at),
      ...(plan.action.trace_context !== undefined && { trace_context: plan.action.trace_context }),
      ...(message !== undefined && { message }),
    })
  }

  return { submit, batch, due }
}

export const keyOfAction = ({ namespace, tenant, id }: Action): EntryKey => ({ namespace, tenant, space: 'caller', id })

/** Who asked, and the trace that the request belongs to (W3C Trace Context: the 32 hex digits of `traceparent`). */
export function contextOf(action: Action, { caller }: DispatchOptions): Admission['context'] {
  const traceparent = action.trace_context?.['traceparent']
  return {
    caller_id: caller?.id ?? 'anonymous',
    auth_method: caller?.method ?? 'none',
    trace_id: /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1] ?? null,
    ...(action.trace_context !== undefined && { trace_context: action.trace_context }),
  }
}

const answer = ({ action, id_source }: ParsedAction, outcome: Outcome): Submitted => ({
  outcome: { ...outcome, action_id: action.id },
  action_id: action.id,
  id_source,
  replayed: false,
})

/** It is durable, and its delivery goes on. */
const underWay = (action_id: string, at: number): Outcome => ({
  type: 'Scheduled',
  action_id,
  scheduled_for: new Date(at).toISOString(),
})

/** Only a plan whose every gate says so may be delivered while the store cannot be asked. */
const mayGoUnadmitted = ({ gates, ending }: Plan): boolean =>
  ending === null && gates.length > 0 && gates.every((gate) => gate.on_state_error === 'allow')

function asRefusal(error: unknown): ActeonError {
  if (error instanceof ActeonError) return error
  throw error
}

function refusalOf(
  admitted: Exclude<Admitted, { kind: 'deliver' | 'settled' | 'queued' | 'in_progress' | 'replayed' }>,
  { id, namespace, tenant }: Action,
): ActeonError {
  switch (admitted.kind) {
    case 'id_reused':
      return new ActeonError(
        'ID_REUSED',
        `Id "${id}" was used for another body in namespace "${namespace}", tenant "${tenant}"; use a new id for a new action.`,
        { action_id: id },
      )
    case 'limit':
      return new ActeonError(
        'LIMIT_REACHED',
        `Tenant "${tenant}" has reached its cap of ${admitted.cap} ${admitted.what.replaceAll('_', ' ')} ([limits] ${admitted.what}); nothing was accepted.`,
        { action_id: id, limit: admitted.what, cap: admitted.cap },
        { retryAfterMs: 10_000 },
      )
    case 'backlog':
      return new ActeonError(
        'AUDIT_BACKLOG',
        `${admitted.waiting} audit records wait to be written, which is the bound; nothing is accepted unrecorded. Try again.`,
        { action_id: id },
        { retryAfterMs: 2_000 },
      )
    case 'not_owner':
    case 'replaced':
      return new ActeonError(
        'STATE_UNAVAILABLE',
        'This node lost its lease while the action came in; nothing was decided. Try again.',
        { action_id: id },
        { retryAfterMs: 1_000 },
      )
  }
}

/** @throws ActeonError FORBIDDEN */
function refuseUncovered({ id, namespace, tenant, provider, action_type }: Action, caller: Caller): void {
  if (caller.sees === undefined || caller.sees({ namespace, tenant, provider, action_type })) return
  throw new ActeonError(
    'FORBIDDEN',
    `No grant of "${caller.id}" covers namespace "${namespace}", tenant "${tenant}", provider "${provider}" and action_type "${action_type}" together.`,
    { action_id: id },
  )
}
