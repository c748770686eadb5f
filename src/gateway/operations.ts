import type { Outcome, OutcomeOf } from '../action/outcome.js'
import type { AuditStore } from '../audit/store.js'
import { ActeonError } from '../lib/errors.js'
import { mergePatch, type Json } from '../lib/json.js'
import type { MachineTable } from '../state/plan.js'
import type { DeadLetter, EntryView, Scope, StateStore } from '../state/store.js'
import type { Ask } from './ask.js'
import type { Carry } from './carry.js'
import type { Dispatch } from './dispatch.js'
import type { Caller, Gateway } from './gateway.js'
import { timeoutOf } from './job-of.js'
import type { NodeLease } from './lease.js'
import { recordKindOf, type Drafts } from './records.js'
import { openEntriesSeen, recordsSeen, seen, seesEntry } from './seen.js'
import type { Waiters } from './waiters.js'

export interface OperationParts {
  state: StateStore
  audit: AuditStore | null
  ask: Ask
  lease: NodeLease
  carry: Carry
  dispatch: Dispatch
  drafts: Drafts
  waiters: Waiters
  placeholder: string
  node: string
  newId: () => string
  machines: () => ReadonlyMap<string, MachineTable>
  patienceMs: number
  jobAdded: (dueAt: number | null) => void
}

type Operations = Pick<
  Gateway,
  'transition' | 'flush' | 'cancel' | 'replay' | 'redeliver' | 'editDeadLetter' | 'discardDeadLetter'
>

const NOBODY: Caller = { id: 'anonymous', method: 'none' }

/** What people and programs do to what is already there. */
export function createOperations(parts: OperationParts): Operations {
  const { state, ask, lease, carry, dispatch, drafts, waiters, node, newId, machines, patienceMs } = parts

  async function transition({
    fingerprint,
    to,
    comment,
    caller = NOBODY,
    ...scope
  }: Parameters<Operations['transition']>[0]): ReturnType<Operations['transition']> {
    const event = one(seen(await state.event({ ...scope, fingerprint }), caller), 'event', fingerprint)
    const moved = await ask('transition', 'until-known', (op) =>
      state.transition({
        ...op,
        owner: lease.owner(),
        namespace: event.namespace,
        tenant: event.tenant,
        fingerprint: event.fingerprint,
        to,
        by: { caller: caller.id, ...(comment !== undefined && { comment }) },
        caller: { caller_id: caller.id, auth_method: caller.method, node, trace_id: null },
        record_id: newId(),
        machines: Object.fromEntries(machines()),
      }),
    )
    switch (moved.kind) {
      case 'moved': {
        carry.start(moved.follow)
        const { previous_state, new_state, notify, version } = moved
        parts.jobAdded(timeoutOf(machines().get(event.state_machine), new_state, lease.storeNow()))
        return { fingerprint: event.fingerprint, previous_state, new_state, notify, version }
      }
      case 'unknown':
        throw notFound('event', fingerprint)
      case 'not_allowed':
        throw new ActeonError(
          'TRANSITION_NOT_ALLOWED',
          `Event "${fingerprint}" is in state "${moved.state}", from which "${event.state_machine}" allows ${moved.allowed.length === 0 ? 'no transition' : moved.allowed.join(', ')}; "${to}" is not one of them.`,
          { state: moved.state, allowed: moved.allowed },
        )
      case 'not_owner':
        throw leaseLost()
    }
  }

  async function flush({
    group_key,
    namespace,
    tenant,
    caller = NOBODY,
  }: Parameters<Operations['flush']>[0]): ReturnType<Operations['flush']> {
    const found = seen(await state.group({ group_key, namespace, tenant }), caller)
    const group = one(found, 'group', group_key)
    const flushed = await ask('flush', 'until-known', (op) =>
      state.flush({
        ...op,
        owner: lease.owner(),
        namespace: group.namespace,
        tenant: group.tenant,
        group_key: group.group_key,
      }),
    )
    if (flushed === null)
      throw new ActeonError('NOT_FOUND', `Nobody is waiting in group "${group_key}", so there is nothing to flush.`)
    carry.start([flushed.admission])
    return flushed.group
  }

  async function cancel({
    action_id,
    caller = NOBODY,
    reason,
    ...scope
  }: Parameters<Operations['cancel']>[0]): Promise<Outcome> {
    const entries = await openEntriesOf(action_id, scope, caller)
    const entry = one(entries, 'open action', action_id)
    const { key, fence, plan, context, origin, attempts } = entry
    if (entry.status === 'running' || plan === null || context === null || origin === null)
      throw new ActeonError(
        'CONFLICT',
        `Action "${action_id}" is ${entry.status === 'running' ? 'in the middle of a call' : entry.status} and cannot be called off; what is queued, parked or scheduled can.`,
        { status: entry.status },
      )
    const outcome: OutcomeOf<'Failed'> = {
      type: 'Failed',
      code: 'CANCELLED',
      message: `Called off by ${caller.id}${reason === undefined ? '' : `: ${reason}`}.`,
      retryable: false,
      attempts: attempts.length,
      action_id: key.id,
    }
    const { kind, links } = recordKindOf(key, origin, plan.action)
    const draft = drafts.of({
      kind,
      action_id: key.id,
      action: plan.action,
      plan,
      context,
      try: entry.try,
      attempts,
      links,
      verdict_details: { called_off_by: caller.id, ...(reason !== undefined && { reason }) },
    })
    const done = await ask('complete', 'until-known', (op) =>
      state.complete({ ...op, owner: lease.owner(), key, fence, unowned: true, outcome, redacted: outcome, draft }),
    )
    if (done.kind === 'replaced')
      throw new ActeonError('CONFLICT', `Action "${action_id}" was taken up meanwhile and cannot be called off now.`)
    carry.start(done.follow)
    waiters.settled(key, outcome)
    return outcome
  }

  /** Open entries of an id that a caller may see; with a whole scope its own comes first, without a search. */
  async function openEntriesOf(action_id: string, { namespace, tenant }: Scope, caller: Caller): Promise<EntryView[]> {
    if (namespace !== undefined && tenant !== undefined) {
      const entry = await state.entry({ namespace, tenant, space: 'caller', id: action_id })
      if (entry !== null) return seesEntry(entry, caller) ? [entry] : []
    }
    return openEntriesSeen(state, { action_id, namespace, tenant }, caller)
  }

  async function replay({
    action_id,
    caller = NOBODY,
    ...scope
  }: Parameters<Operations['replay']>[0]): ReturnType<Operations['replay']> {
    const records = await recordsSeen(parts.audit, { action_id, ...scope }, caller)
    const record = records.at(-1)
    if (record === undefined) throw notFound('record of an action', action_id)
    const entry = await state.entry({
      namespace: record.namespace,
      tenant: record.tenant,
      space: 'caller',
      id: action_id,
    })
    const action = entry?.action
    if (action == null)
      throw new ActeonError(
        'PAYLOAD_NOT_KEPT',
        `The true payload of action "${action_id}" is no longer kept (it is for [state] id_retention_seconds after its outcome), so it cannot be sent again; the record has only the redacted one.`,
      )
    const new_action_id = newId()
    const { dedup_key: _held, created_at: _then, ...again } = action
    try {
      await dispatch.submit(
        { ...again, id: new_action_id, metadata: { labels: { ...action.metadata, replayed_from: action_id } } },
        { caller },
      )
      return { original_action_id: action_id, new_action_id, success: true, error: null }
    } catch (error) {
      if (!(error instanceof ActeonError)) throw error
      return { original_action_id: action_id, new_action_id, success: false, error: error.message }
    }
  }

  async function redeliver({
    id,
    force = false,
    renew_key = false,
    caller = NOBODY,
  }: Parameters<Operations['redeliver']>[0]): Promise<Outcome> {
    const letter = await letterOf(id, caller)
    const context = { ...letter.context, caller_id: caller.id, auth_method: caller.method }
    const again = await ask('redeliver', 'until-known', (op) =>
      state.redeliver({
        ...op,
        owner: lease.owner(),
        id,
        version: letter.version,
        force,
        idempotency_key: renew_key ? newId() : letter.key.id,
        context,
      }),
    )
    switch (again.kind) {
      case 'deliver':
        return (await carry(again.admission)) ?? (await waitFor(letter))
      case 'queued':
        return waitFor(letter)
      case 'held':
        throw new ActeonError(
          'HELD_BY_OTHER',
          `Action "${again.holder}" holds the dedup key now; redelivering "${letter.key.id}" would double it. Redeliver with force to send it all the same.`,
          { holder: again.holder },
        )
      case 'superseded':
        throw new ActeonError(
          'SUPERSEDED',
          `A later action has entered the lane of "${letter.key.id}"; sending it now would reorder them.`,
        )
      case 'not_owner':
        throw leaseLost()
      case 'conflict':
        throw changedMeanwhile(id)
    }
  }

  async function waitFor({ key }: DeadLetter): Promise<Outcome> {
    const outcome = await waiters.wait(key, patienceMs)
    if (outcome !== null) return outcome
    throw new ActeonError('IN_PROGRESS', `Action "${key.id}" is being redelivered; look at it later.`, {
      action_id: key.id,
    })
  }

  async function editDeadLetter({
    id,
    payload,
    caller = NOBODY,
  }: Parameters<Operations['editDeadLetter']>[0]): Promise<DeadLetter> {
    const letter = await letterOf(id, caller)
    if (mentions(payload, parts.placeholder))
      throw new ActeonError(
        'INVALID_REQUEST',
        `The patch contains the placeholder ${JSON.stringify(parts.placeholder)}, which stands for a hidden value; send only the members that shall change.`,
      )
    const action = { ...letter.plan.action, payload: mergePatch(letter.plan.action.payload, payload as Json) }
    const edited = await ask('editDeadLetter', 'until-known', async (op) =>
      state.editDeadLetter({
        ...op,
        id,
        version: letter.version,
        plan: { ...letter.plan, action },
        audit: aboutLetter(letter, caller, { dead_letter: 'edited', changed: Object.keys((payload ?? {}) as object) }),
      }),
    )
    if ('kind' in edited) throw changedMeanwhile(id)
    return edited
  }

  async function discardDeadLetter({
    id,
    reason,
    caller = NOBODY,
  }: Parameters<Operations['discardDeadLetter']>[0]): Promise<void> {
    const letter = await letterOf(id, caller)
    const audit = aboutLetter(letter, caller, { dead_letter: 'discarded', reason })
    const done = await ask('discardDeadLetter', 'until-known', (op) =>
      state.discardDeadLetter({ ...op, id, version: letter.version, audit }),
    )
    if (done.kind === 'conflict') throw changedMeanwhile(id)
  }

  /** What happens to a dead letter is a record of its own. */
  function aboutLetter(letter: DeadLetter, caller: Caller, verdict_details: Record<string, unknown>) {
    const { key, plan, context } = letter
    // What this node takes for the store's time may lag a little; the record must not come before what it is about, nor
    // after what follows within the same millisecond.
    const at = Math.max(Math.floor(lease.storeNow()), letter.created_at)
    return {
      draft: drafts.of({
        kind: 'dead_letter' as const,
        action_id: key.id,
        action: plan.action,
        plan,
        context: { ...context, caller_id: caller.id, auth_method: caller.method },
        try: letter.try,
        links: { dead_letter: letter.id },
        verdict_details,
      }),
      decision: {
        outcome: {
          type: 'Failed' as const,
          code: letter.code,
          message: letter.error,
          retryable: false,
          attempts: letter.attempts.length,
        },
        dispatched_at: at,
        completed_at: at,
        try: letter.try,
      },
    }
  }

  async function letterOf(id: string, caller: Caller): Promise<DeadLetter> {
    const letter = await state.deadLetter(id)
    if (letter === null || !seesEntry(letter, caller)) throw notFound('dead letter', id)
    return letter
  }

  return { transition, flush, cancel, replay, redeliver, editDeadLetter, discardDeadLetter }
}

const notFound = (what: string, name: string): ActeonError =>
  new ActeonError('NOT_FOUND', `There is no ${what} "${name}".`)
const leaseLost = (): ActeonError =>
  new ActeonError(
    'STATE_UNAVAILABLE',
    'This node lost its lease; nothing was changed. Try again.',
    {},
    { retryAfterMs: 1_000 },
  )
const changedMeanwhile = (id: string): ActeonError =>
  new ActeonError('CONFLICT', `Dead letter "${id}" was changed or taken meanwhile; look at it again.`)

/** Exactly one match, or the error that says what to do. */
function one<T extends { namespace: string; tenant: string } | { key: { namespace: string; tenant: string } }>(
  found: T[],
  what: string,
  name: string,
): T {
  const [first, ...others] = found
  if (first === undefined) throw notFound(what, name)
  if (others.length > 0)
    throw new ActeonError('AMBIGUOUS', `${found.length} namespaces or tenants have an ${what} "${name}"; name both.`, {
      matches: found.map((match) => {
        const { namespace, tenant } = 'key' in match ? match.key : match
        return { namespace, tenant }
      }),
    })
  return first
}

const mentions = (value: unknown, text: string): boolean =>
  value === text ||
  (typeof value === 'object' && value !== null && Object.values(value).some((member) => mentions(member, text)))
