import type { Action } from '../action/action.js'
import { outcomeWord, type Outcome } from '../action/outcome.js'
import { discardedAudit } from '../audit/off.js'
import type { TraceRule } from '../audit/trace.js'
import type { Clock } from '../lib/clock.js'
import { sha256 } from '../lib/ids.js'
import { canonical } from '../lib/json.js'
import { planAction } from '../rules/plan.js'
import type { RuleSet } from '../rules/ruleset.js'
import type { MachineTable, Plan } from '../state/plan.js'
import type { Admission, Admitted, DispatchContext, StateStore } from '../state/store.js'
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
  /** What became of it: an outcome's word, or `open` when it had none yet. */
  outcome: string
  /** The code of a failure. */
  code: string | null
  /** When it got its outcome, milliseconds; null: it had none yet. */
  settled_at: number | null
}

/** What would have become of it. */
export interface Simulated {
  outcome: string
  provider: string
  rule: string | null
  verdict: string
  /** The rules that were looked at. */
  rules: TraceRule[]
  /** Whether a condition asked for the state of an event. */
  asked: boolean
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

const SENT: ReadonlySet<string> = new Set(['executed', 'rerouted', 'failed', 'circuit_open', 'open'])
const REFUSED: ReadonlySet<string> = new Set(['deduplicated', 'throttled'])
/** Whether a gate refused it: then it took nothing, and what made the gate refuse had passed before. */
export const wasRefused = (outcome: string): boolean => REFUSED.has(outcome)
/** Whether it went to a provider: then it got its outcome, and its record, later than it was decided about. */
export const wasSent = (outcome: string): boolean => SENT.has(outcome)
/** What the store says of an id that it knows. */
const KNOWN: ReadonlySet<Admitted['kind']> = new Set<Admitted['kind']>(['replayed', 'in_progress', 'id_reused'])
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
  /** What is with a provider, until the time when it answered; Infinity: it has not yet. */
  const underWay: { until: number; admission: Admission; outcome: Outcome }[] = []
  const op = () => ({ token: newId(), deadline: now + 60_000 })

  /** To a time, at which what comes next meets what has its answer at that very time as still under way. */
  async function advance(to: number): Promise<void> {
    for (;;) {
      const answer = underWay[0]?.until ?? Infinity
      const due = nextDue ?? Infinity
      if (answer < to && answer <= due) {
        now = Math.max(now, answer)
        const { admission, outcome } = underWay.shift()!
        await complete(admission, outcome)
      } else if (due <= to) {
        now = Math.max(now, due)
        await runDue()
      } else break
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
      for (const admission of work.admissions) await complete(admission, NOTHING_SENT)
      nextDue = work.next_due
      if (work.ran === 0 || nextDue === null || nextDue > now) return
    }
  }

  /** It keeps what it holds until the provider has answered: a failure frees its key only then. */
  function sendUntil(until: number, admission: Admission, outcome: Outcome): void {
    const behind = underWay.findLastIndex((one) => one.until <= until) + 1
    underWay.splice(behind, 0, { until, admission, outcome })
  }

  async function complete(admission: Admission, outcome: Outcome): Promise<void> {
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
    if (done.kind === 'done') for (const next of done.follow) await complete(next, NOTHING_SENT)
  }

  /** Of what has its answer at this very time, settles what would refuse an action that passed: it had it before. */
  async function letPass(gates: Plan['gates']): Promise<void> {
    while ((underWay[0]?.until ?? Infinity) <= now) {
      const holders = (await state.peek({ entry: null, gates })).map(({ holder }) => holder)
      const answered = underWay.findIndex(({ until, admission }) => until <= now && holders.includes(admission.key.id))
      if (answered === -1) return
      const [{ admission, outcome }] = underWay.splice(answered, 1) as [(typeof underWay)[number]]
      await complete(admission, outcome)
    }
  }

  async function step(past: PastAction): Promise<Simulated> {
    await advance(past.at)
    const { action } = past
    const context: DispatchContext = { caller_id: past.caller_id, auth_method: 'none', trace_id: null }
    const seen = new Map<object, boolean>()
    let asked = false
    const plan = await planAction(action, rules, { ...planning.environment(context), nowMs: now, seen }, (lookups) => {
      asked = true
      return state.lookup({ lookups })
    })
    if (plan.gates.length > 0 && !wasRefused(past.outcome)) await letPass(plan.gates)
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
    const admit = (id: string): Promise<Admitted> =>
      state.admit({
        ...op(),
        owner,
        key: { namespace, tenant, space: 'caller', id },
        body_hash: sha256(canonical(action.payload)),
        plan,
        original: null,
        draft,
        context,
        lane: null,
      })
    let admitted = await admit(action.id)
    // Here its id has an outcome already; whether its sender would have tried again cannot be known: it is one of its own.
    if (KNOWN.has(admitted.kind)) admitted = await admit(`${action.id}#${past.try}`)
    const result = {
      provider: plan.action.provider,
      rule: plan.matched_rule,
      verdict: plan.verdict,
      rules: plan.trace.rules,
      asked,
      seen,
    }
    if (plan.ending !== null && plan.ending.kind !== 'answer') await runDue()
    switch (admitted.kind) {
      case 'deliver': {
        const { admission } = admitted
        if (wasSent(past.outcome) && plan.action.provider === past.provider) {
          const failed = past.outcome === 'failed' || past.outcome === 'circuit_open'
          sendUntil(past.settled_at ?? Infinity, admission, failed ? failure(past.code) : NOTHING_SENT)
          return { ...result, outcome: past.outcome }
        }
        await complete(admission, NOTHING_SENT)
        return { ...result, outcome: plan.action.provider === plan.original_provider ? 'executed' : 'rerouted' }
      }
      case 'settled': {
        for (const next of admitted.follow) await complete(next, NOTHING_SENT)
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

const failure = (code: string | null): Outcome => ({
  type: 'Failed',
  code: code ?? 'AS_RECORDED',
  message: 'As it was recorded.',
  retryable: true,
  attempts: 1,
})
