import type { Action } from '../action/action.js'
import { outcomeWord, type Outcome } from '../action/outcome.js'
import { discardedAudit } from '../audit/off.js'
import type { TraceRule } from '../audit/trace.js'
import type { Clock } from '../lib/clock.js'
import { sha256 } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { planAction } from '../rules/plan.js'
import type { RuleSet } from '../rules/ruleset.js'
import type { MachineTable } from '../state/plan.js'
import type { Admission, DispatchContext, StateStore } from '../state/store.js'
import type { Planning } from './planning.js'
import type { Drafts } from './records.js'

/** An action of the past, as far as it is on record. */
export interface PastAction {
  action: Action
  /** Which try of its id. */
  try: number
  /** When it arrived, milliseconds. */
  at: number
  caller_id: string
  /** To whom the rules of then sent it. */
  provider: string
  /** What became of it: an outcome's word. */
  outcome: string
}

/** What would have become of it. */
export interface Simulated {
  outcome: string
  provider: string
  rule: string | null
  verdict: string
  /** The rules that were looked at. */
  rules: TraceRule[]
  /** What each condition that was looked at came to, by its identity. */
  seen: ReadonlyMap<object, boolean>
}

/** A gateway's past, relived under other rules. */
export interface Simulation {
  rules: RuleSet
  /** The next action; they are given in the order in which they arrived. */
  step(past: PastAction): Promise<Simulated>
  close(): Promise<void>
}

const SENT: ReadonlySet<string> = new Set(['executed', 'rerouted', 'failed', 'circuit_open'])
const NOTHING_SENT: Outcome = { type: 'Executed', status: 'success', body: null, headers: {} }
/** An incarnation of the simulated node is left well before its lease runs out. */
const LEASE_LEFT_MS = 10_000
const DUE_LIMIT = 200
const SWEEP_EVERY = 500

/**
 * Replays actions against an empty state in memory, on their own times: keys, counters, groups and events come about as
 * they would have. Nothing is sent and nothing recorded. What a provider answered then it answers again; what goes to
 * another provider than then is taken as delivered.
 */
export async function simulation(parts: {
  rules: RuleSet
  planning: Pick<Planning, 'environment'>
  drafts: Drafts
  machines: ReadonlyMap<string, MachineTable>
  clock: Clock
  newId: () => string
}): Promise<Simulation> {
  const { rules, planning, drafts, clock, newId } = parts
  const machines = Object.fromEntries(parts.machines)
  let now = 0
  // Only a simulation needs it in a gateway whose state is elsewhere.
  const { memoryState } = await import('../state/memory/open.js')
  const state: StateStore = await memoryState({
    clock: { ...clock, now: () => now },
    audit: discardedAudit,
    idRetentionMs: 60_000,
  })
  let owner = 0
  let leaseUntil = -Infinity
  let nextDue: number | null = null
  let steps = 0
  const op = () => ({ token: newId(), deadline: now + 60_000 })

  async function advance(to: number): Promise<void> {
    while (nextDue !== null && nextDue <= to) {
      now = Math.max(now, nextDue)
      await runDue()
    }
    now = Math.max(now, to)
    if (leaseUntil - now < LEASE_LEFT_MS) await joinAnew()
    if (++steps % SWEEP_EVERY === 0) await state.sweep({ ...op(), limit: 2 * SWEEP_EVERY })
  }

  async function joinAnew(): Promise<void> {
    const lease = await state.join({ ...op(), node: 'simulated' })
    owner = lease.owner
    leaseUntil = lease.lease_until
  }

  /** What falls due at this moment; when the next does. */
  async function runDue(): Promise<void> {
    if (leaseUntil - now < LEASE_LEFT_MS) await joinAnew()
    for (;;) {
      const work = await state.due({ ...op(), owner, limit: DUE_LIMIT, machines })
      for (const admission of work.admissions) await deliver(admission, NOTHING_SENT)
      nextDue = work.next_due
      if (work.ran === 0 || nextDue === null || nextDue > now) return
    }
  }

  async function deliver(admission: Admission, outcome: Outcome): Promise<void> {
    const { key, fence, plan, context } = admission
    const draft = drafts.of({
      kind: 'dispatch',
      action_id: key.id,
      action: plan.action,
      plan,
      context,
      try: admission.try,
      withoutPayload: true,
    })
    const done = await state.complete({
      ...op(),
      owner: admission.owner,
      key,
      fence,
      outcome,
      redacted: outcome,
      draft,
    })
    if (done.kind === 'done') for (const next of done.follow) await deliver(next, NOTHING_SENT)
  }

  async function step(past: PastAction): Promise<Simulated> {
    await advance(past.at)
    const { action } = past
    const context: DispatchContext = { caller_id: past.caller_id, auth_method: 'none', trace_id: null }
    const seen = new Map<object, boolean>()
    const plan = await planAction(action, rules, { ...planning.environment(context), nowMs: now, seen }, (lookups) =>
      state.lookup({ lookups }),
    )
    const draft = drafts.of({
      kind: 'dispatch',
      action_id: action.id,
      action: plan.action,
      plan,
      context,
      try: 1,
      withoutPayload: true,
    })
    const { namespace, tenant } = action
    const admitted = await state.admit({
      ...op(),
      owner,
      // Each try is an action of its own here: whether there would have been a next one hangs on its sender.
      key: { namespace, tenant, space: 'caller', id: `${action.id}#${past.try}` },
      body_hash: sha256(canonical(action.payload)),
      plan,
      original: null,
      draft,
      context,
      lane: null,
    })
    const result = {
      provider: plan.action.provider,
      rule: plan.matched_rule,
      verdict: plan.verdict,
      rules: plan.trace.rules,
      seen,
    }
    if (plan.ending !== null && plan.ending.kind !== 'answer') await runDue()
    switch (admitted.kind) {
      case 'deliver': {
        const same = SENT.has(past.outcome) && plan.action.provider === past.provider
        const word = same ? past.outcome : plan.action.provider === plan.original_provider ? 'executed' : 'rerouted'
        await deliver(admitted.admission, word === 'failed' || word === 'circuit_open' ? failed() : NOTHING_SENT)
        return { ...result, outcome: word }
      }
      case 'settled': {
        for (const next of admitted.follow) await deliver(next, NOTHING_SENT)
        const refused = admitted.gates.find((gate) => gate.would === 'refuse')
        return {
          ...result,
          outcome: outcomeWord(admitted.outcome.type),
          ...(refused !== undefined && { rule: refused.rule, verdict: refused.verdict }),
        }
      }
      default:
        return { ...result, outcome: admitted.kind }
    }
  }

  return { rules, step, close: () => state.close() }
}

const failed = (): Outcome => ({
  type: 'Failed',
  code: 'AS_RECORDED',
  message: 'As it was recorded.',
  retryable: true,
  attempts: 1,
})
