import type { Action } from '../action/action.js'
import { compilePath, type ActionPath } from '../action/paths.js'
import type { Outcome } from '../action/outcome.js'
import type { RecordDraft } from '../audit/record.js'
import { emptyTrace, type Trace, type TracePart, type TraceRule } from '../audit/trace.js'
import type { DeliveryTerms, Ending, Gate, MachineTable, Plan, VerdictWord } from '../state/plan.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import type { ErrorCode } from '../lib/errors.js'
import { canonical } from '../lib/json.js'
import type { Rule, RuleSet } from './ruleset.js'
import { RuleError, sceneOf, type Scene } from './scene.js'
import type { Given } from './verdict.js'

/** What planning may look at besides the action and the rules; all of it data, or pure. */
export interface PlanEnvironment {
  /** The moment of dispatch, milliseconds. */
  nowMs: number
  machines: ReadonlyMap<string, MachineTable>
  newId: () => string
  /** The record of what happens later, without payload. */
  draft: (plan: Plan) => RecordDraft
  /** Why no provider has this name; null: one has. */
  providerProblem: (name: string) => { message: string; suggestion?: string } | null
  onRuleError: 'fail' | 'skip'
  /** Rules that scheduled the action, which is now due: they are not looked at again. */
  without?: ReadonlySet<string>
  /** Rules whose gates the action passed when it was scheduled: they are not asked again. */
  passed?: ReadonlySet<string>
  /** For a playground: the trace tells of every rule and every part, whether or not it can change anything. */
  full?: boolean
  /** For a playground: rules after the one that closed the plan are tried too, on the working copy as it is then. */
  beyond?: boolean
  /** Filled with what each condition that was looked at came to, by its identity. */
  seen?: Map<object, boolean>
  /** Told of each rule that was looked at, with its trace and the working copy after it. May be told of one again. */
  looked?: (rule: Rule, trace: TraceRule, action: Action) => void
}

/** Asks state, in one round trip. */
export type AskState = (lookups: Lookup[]) => Promise<LookupAnswer[]>

/** A transform may change what later rules ask, and so cost another round; so many of them would be a fault. */
const MAX_ROUNDS = 32
/** So many rules that did not match are told of in a compact trace. */
const MAX_TRACED_MISSES = 30

/**
 * What the rules ask for, for one action. Pure but for state that conditions ask, which is read in one round trip (one
 * more where a transform changes what is asked).
 * @throws StoreUnavailable when state cannot be asked
 */
export async function planAction(
  action: Action,
  rules: RuleSet,
  environment: PlanEnvironment,
  askState: AskState,
): Promise<Plan> {
  const answers = new Map<string, LookupAnswer>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const planned = planWith(action, rules, environment, answers)
    if (!('needs' in planned)) return planned
    await answerAll(planned.needs, answers, askState)
  }
  const draft = new Draft(action, rules, environment)
  draft.end('RULE_ERROR', `The rules asked state more than ${MAX_ROUNDS} times, each time for something else.`)
  return draft.finish({ notCandidates: 0, behind: 0 })
}

/** Asks state for all of it, and notes what it answers. */
export async function answerAll(
  needs: Lookup[],
  answers: Map<string, LookupAnswer>,
  askState: AskState,
): Promise<void> {
  const found = await askState(needs)
  for (const [i, lookup] of needs.entries()) answers.set(canonical(lookup), found[i]!)
}

/** Of a condition that did not hold, the part that a trace tells of. */
export const failingOf = (parts: readonly TracePart[]): TracePart[] =>
  [parts.find((part) => !part.result) ?? parts[0]].filter((part) => part !== undefined)

/** The pure heart: a plan, or what must be asked first. */
export function planWith(
  action: Action,
  rules: RuleSet,
  environment: PlanEnvironment,
  answers: ReadonlyMap<string, LookupAnswer>,
): Plan | { needs: Lookup[] } {
  const { nowMs, full = false, beyond = false } = environment
  const candidates = full ? rules.rules : rules.candidates(action)
  const draft = new Draft(action, rules, environment)
  // What an earlier round looked at, which then lacked an answer, does not count.
  environment.seen?.clear()
  const scene = sceneOf({ action, nowMs, answers, full, ...(environment.seen && { seen: environment.seen }) })
  let behind = 0
  for (const [i, rule] of candidates.entries()) {
    if (draft.closed && !full && !beyond) {
      behind = candidates.length - i
      break
    }
    scene.action = draft.action
    scene.zone = rule.timezone
    scene.parts = []
    const trace = draft.look(rule, scene)
    if (trace !== null) environment.looked?.(rule, trace, draft.action)
  }
  if (scene.needs.size > 0) return { needs: [...scene.needs.values()] }
  return draft.finish({ notCandidates: full ? 0 : rules.enabled - candidates.length, behind })
}

/** A rule that matched, with the word of its verdict. */
interface Match {
  rule: Rule
  word: VerdictWord
}

/** A plan while rules add to it. */
class Draft {
  action: Action
  closed = false
  private readonly matched: Match[] = []
  private readonly gates: Gate[] = []
  private ending: Ending | null = null
  private endedBy: Match | null = null
  private closedBy = ''
  private readonly delivery: DeliveryTerms = {}
  private readonly trace: Trace = emptyTrace()
  private misses = 0
  private missesOmitted = 0
  /** A rule hangs on state: this draft only finds out what must be asked, and is thrown away. */
  private waiting = false

  constructor(
    private readonly original: Action,
    private readonly rules: RuleSet,
    private readonly environment: PlanEnvironment,
  ) {
    this.action = original
  }

  /** What became of a rule; null: nothing to tell. */
  look(rule: Rule, scene: Scene): TraceRule | null {
    const { environment } = this
    if (!rule.enabled) return environment.full === true ? this.skip(rule, 'it is disabled') : null
    if (environment.without?.has(rule.name) === true) return this.skip(rule, 'it scheduled this action')
    if (this.closed && environment.beyond !== true)
      return this.skip(rule, `rule "${this.closedBy}" has closed the plan`)
    let result: boolean | undefined
    try {
      result = rule.condition.test(scene)
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      return this.fail(rule, error)
    }
    this.waiting ||= result === undefined
    if (this.waiting) {
      if (result === true) this.guess(rule)
      return null
    }
    return result === true ? this.add(rule, scene) : this.miss(rule, scene)
  }

  private tell(trace: TraceRule): TraceRule {
    this.trace.rules.push(trace)
    return trace
  }

  private skip({ name }: Rule, note: string): TraceRule {
    return this.tell({ rule: name, result: 'skipped', note })
  }

  /** What later rules ask depends on what earlier ones change; those that hang on state are taken not to match. */
  private guess({ verdict, config, final }: Rule): void {
    if (verdict.kind === 'transform') this.action = verdict.transform(config as never, this.action)
    if (verdict.kind === 'ending' || final) this.closed = true
  }

  private miss({ name }: Rule, { parts }: Scene): TraceRule {
    const full = this.environment.full === true
    const kept = full ? parts : failingOf(parts)
    const trace: TraceRule = { rule: name, result: 'not_matched', ...(kept.length > 0 && { parts: kept }) }
    if (full || ++this.misses <= MAX_TRACED_MISSES) return this.tell(trace)
    this.missesOmitted++
    return trace
  }

  private add(rule: Rule, { parts }: Scene): TraceRule {
    const { verdict, config, name, final } = rule
    const trace: TraceRule = {
      rule: name,
      result: 'matched',
      verdict: verdict.word,
      ...(parts.length > 0 && { parts }),
    }
    this.tell(trace)
    if (this.closed) {
      trace.note = `rule "${this.closedBy}" had closed the plan before`
      return trace
    }
    this.matched.push({ rule, word: verdict.word })
    Object.assign(this.delivery, rule.delivery)
    switch (verdict.kind) {
      case 'transform':
        this.action = verdict.transform(config as never, this.action)
        break
      case 'gate':
        if (this.environment.passed?.has(name) === true) trace.note = 'passed when it was scheduled'
        else this.addGate(rule, verdict.gate(config as never, this.given(rule)))
        break
      case 'ending':
        this.endedBy = { rule, word: verdict.word }
        this.ending = verdict.ending(config as never, this.given(rule))
    }
    if (verdict.kind === 'ending' || final) this.close(name)
    return trace
  }

  private close(name: string): void {
    this.closed = true
    this.closedBy = name
  }

  /** Equal keys in one plan are one gate: the longest time to live, and of two ways to fail the more careful one. */
  private addGate({ on_state_error }: Rule, made: Gate): void {
    const gate = { ...(on_state_error !== null && { on_state_error }), ...made }
    const same = this.gates.findIndex(({ kind, key }) => kind === gate.kind && key === gate.key)
    const other = this.gates[same]
    if (other?.kind !== 'reservation' || gate.kind !== 'reservation') {
      this.gates.push(gate)
      return
    }
    const { on_state_error: _mine, ...rest } = other
    this.gates[same] = {
      ...rest,
      ttl_ms: Math.max(other.ttl_ms, gate.ttl_ms),
      on_failure: other.on_failure === 'keep' || gate.on_failure === 'keep' ? 'keep' : 'release',
      ...(other.on_state_error === gate.on_state_error &&
        gate.on_state_error !== undefined && { on_state_error: gate.on_state_error }),
    }
  }

  private given({ name }: Rule): Given {
    const { machines, newId, draft, nowMs } = this.environment
    const planned = (): Plan => ({ ...this.plan(), gates: [], ending: null, trace: emptyTrace() })
    return { rule: name, action: this.action, planned, machines, newId, draft, now: nowMs, path: knownPath }
  }

  private fail(rule: Rule, { message }: RuleError): TraceRule {
    const trace = this.tell({ rule: rule.name, result: 'error', note: message })
    if (this.environment.onRuleError === 'skip' || this.closed) return trace
    this.endedBy = { rule, word: 'allow' }
    this.end('RULE_ERROR', `Rule "${rule.name}" could not be evaluated: ${message}.`)
    this.close(rule.name)
    return trace
  }

  /** The plan comes to this, whatever the rules say. */
  end(code: ErrorCode, message: string, suggestion?: string): void {
    this.ending = answer(code, message, suggestion)
  }

  /** The verdict that decides when no gate refuses: ending, else the last reroute, gate, modify, else allow. */
  private decider(): Match | null {
    const lastOf = (holds: (one: Match) => boolean): Match | null => this.matched.findLast(holds) ?? null
    return (
      this.endedBy ??
      lastOf(({ word }) => word === 'reroute') ??
      lastOf(({ rule }) => rule.verdict.kind === 'gate') ??
      lastOf(({ word }) => word === 'modify')
    )
  }

  private plan(): Plan {
    const decider = this.decider()
    return {
      action: this.action,
      original_provider: this.original.provider,
      rules_version: this.rules.version,
      verdict: decider?.word ?? 'allow',
      matched_rule: decider?.rule.name ?? null,
      matched_rules: this.matched.map(({ rule }) => rule.name),
      gates: this.gates,
      ending: this.ending,
      delivery: this.delivery,
      trace: this.trace,
    }
  }

  /** @param behind how many rules there are behind the one that closed it */
  finish({ notCandidates, behind }: { notCandidates: number; behind: number }): Plan {
    const omitted = notCandidates + this.missesOmitted
    if (omitted > 0) this.trace.rules_omitted = omitted
    if (behind > 0) this.trace.rules_behind = behind
    // What is suppressed stays suppressed; everything else needs a provider in the end.
    if (this.ending?.kind !== 'answer') {
      const problem = this.environment.providerProblem(this.action.provider)
      if (problem !== null) this.end('PROVIDER_NOT_FOUND', problem.message, problem.suggestion)
    }
    return this.plan()
  }
}

function answer(code: ErrorCode, message: string, suggestion?: string): Ending {
  const outcome: Outcome = {
    type: 'Failed',
    code,
    message,
    retryable: false,
    attempts: 0,
    ...(suggestion !== undefined && { suggestion }),
  }
  return { kind: 'answer', outcome }
}

const paths = new Map<string, ActionPath>()

/** Paths of rules were checked at load; each text is compiled once. */
function knownPath(text: string): ActionPath {
  let path = paths.get(text)
  if (path === undefined) {
    const compiled = compilePath(text)
    if ('problem' in compiled) throw new Error(compiled.problem)
    paths.set(text, (path = compiled))
  }
  return path
}
