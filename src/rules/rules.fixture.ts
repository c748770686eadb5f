import type { Action } from '../action/action.js'
import type { RecordDraft } from '../audit/record.js'
import { checkMachine } from '../events/machine.js'
import type { MachineTable, Plan } from '../state/plan.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import { NOT_BUILT, VERDICTS } from '../verdicts/registry.js'
import { compileRules, problemText, type RuleLanguage, type RuleText } from './compile.js'
import { planAction, type PlanEnvironment } from './plan.js'
import type { RuleSet } from './ruleset.js'

/** Wednesday, 2026-07-15, 10:30:45 UTC. */
export const NOW = Date.UTC(2026, 6, 15, 10, 30, 45)

export const alertMachine: MachineTable = checkMachine({
  name: 'alert',
  initial_state: 'firing',
  states: ['firing', 'acknowledged', 'resolved', 'stale'],
  transitions: [
    { from: 'firing', to: 'acknowledged' },
    { from: 'acknowledged', to: 'resolved' },
    { from: 'firing', to: 'resolved' },
  ],
  timeouts: [{ state: 'firing', after_seconds: 3_600, transition_to: 'stale' }],
}).machine!

export const PROVIDERS = new Set(['email', 'sms', 'webhook', 'slack', 'pagerduty'])

export const languageOf = (more: Partial<RuleLanguage> = {}): RuleLanguage => ({
  verdicts: VERDICTS,
  notBuilt: NOT_BUILT,
  providers: PROVIDERS,
  machines: new Map([['alert', alertMachine]]),
  ...more,
})

const textsOf = (source: string | readonly RuleText[]): readonly RuleText[] =>
  typeof source === 'string' ? [{ path: 'r.yaml', text: source }] : source

/** Compiles what must be right. */
export function rulesOf(source: string | readonly RuleText[], more: Partial<RuleLanguage> = {}): RuleSet {
  const compiled = compileRules(textsOf(source), languageOf(more))
  if (!compiled.ok) throw new Error(compiled.problems.map(problemText).join('\n'))
  return compiled.rules
}

/** What is wrong with rules, as a reader sees it. */
export function problemsOf(source: string | readonly RuleText[], more: Partial<RuleLanguage> = {}): string[] {
  const compiled = compileRules(textsOf(source), languageOf(more))
  return compiled.ok ? [] : compiled.problems.map(problemText)
}

/** One rule `r` that suppresses under a condition, written in YAML flow style. */
export const ruleWhen = (condition: string, more: Partial<RuleLanguage> = {}, extra = ''): RuleSet =>
  rulesOf(`rules:\n- name: r\n  condition: ${condition}\n  ${extra}\n  action: {type: suppress}\n`, more)

export const actionOf = (over: Partial<Action> = {}): Action => ({
  id: 'a-1',
  namespace: 'ns',
  tenant: 't',
  provider: 'email',
  action_type: 'notify',
  payload: {},
  metadata: {},
  created_at: '2026-07-15T10:30:44Z',
  ...over,
})

export const environmentOf = (over: Partial<PlanEnvironment> = {}): PlanEnvironment => ({
  nowMs: NOW,
  machines: new Map([['alert', alertMachine]]),
  newId: () => 'new-id',
  draft: (plan: Plan) => ({ action_id: plan.action.id }) as RecordDraft,
  providerProblem: (name) => (PROVIDERS.has(name) ? null : { message: `There is no provider "${name}"` }),
  onRuleError: 'fail',
  ...over,
})

export interface Planned {
  plan: Plan
  /** What state was asked, round by round. */
  rounds: Lookup[][]
}

/** Plans with a state that answers as told. */
export async function planned(
  rules: RuleSet,
  action: Partial<Action> = {},
  over: Partial<PlanEnvironment> & { state?: (lookup: Lookup) => LookupAnswer } = {},
): Promise<Planned> {
  const { state = noState, ...environment } = over
  const rounds: Lookup[][] = []
  const plan = await planAction(actionOf(action), rules, environmentOf(environment), async (lookups) => {
    rounds.push(lookups)
    return lookups.map(state)
  })
  return { plan, rounds }
}

const noState = ({ kind }: Lookup): LookupAnswer => (kind === 'active_event' ? false : null)

/** Whether the one rule of `rules` matches. */
export async function matches(
  rules: RuleSet,
  action: Partial<Action> = {},
  over: Parameters<typeof planned>[2] = {},
): Promise<boolean> {
  const { plan } = await planned(rules, action, over)
  return plan.matched_rules.includes('r')
}
