import { Type, type Static } from 'typebox'
import { ActionInput, Name, parseAction, type Action } from '../action/action.js'
import { TracePart, type TraceRule } from '../audit/trace.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { compile, pathText } from '../lib/validate.js'
import type { Lookup, LookupAnswer } from '../state/store.js'
import type { Plan } from '../state/plan.js'
import { planAction, type AskState, type PlanEnvironment } from './plan.js'
import { ruleSet, type Rule, type RuleSet } from './ruleset.js'
import { RuleFileChange } from './schema.js'
import { timeFields } from './time.js'

/** What the playground is asked (wire section 5): an action, and how to look at the rules. */
export const EvaluateRequest = Type.Object(
  {
    namespace: Name('As on an action.'),
    tenant: Name('As on an action.'),
    provider: Name('As on an action.'),
    action_type: Name('As on an action.'),
    payload: Type.Optional(Type.Unknown()),
    metadata: ActionInput.properties.metadata,
    dedup_key: ActionInput.properties.dedup_key,
    status: ActionInput.properties.status,
    fingerprint: ActionInput.properties.fingerprint,
    id: ActionInput.properties.id,
    include_disabled: Type.Optional(Type.Boolean({ description: 'Disabled rules are looked at as if they were not.' })),
    evaluate_all: Type.Optional(
      Type.Boolean({ description: 'Rules after the one that closed the plan are tried too.' }),
    ),
    evaluate_at: Type.Optional(
      Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'The moment; now when absent.' }),
    ),
    files: Type.Optional(
      Type.Array(RuleFileChange, {
        maxItems: 100,
        description: 'Rule files that differ from those that run; for whoever may see all tenants.',
      }),
    ),
    mock_state: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          'What conditions find in state instead of what is there: `event:TYPE`, `event:TYPE:VALUE` or `event:TYPE:LABEL=VALUE` → `true` or `false`; `state:FINGERPRINT` → a state, or empty for none.',
      }),
    ),
  },
  { title: 'EvaluateRequest' },
)

const str = Type.String()
const EvaluateRule = Type.Object({
  rule_name: str,
  priority: Type.Integer(),
  enabled: Type.Boolean(),
  condition_display: str,
  result: Type.Enum(['matched', 'not_matched', 'skipped', 'error']),
  evaluation_duration_us: Type.Integer(),
  action: str,
  source: str,
  description: Type.Optional(str),
  skip_reason: Type.Optional(str),
  error: Type.Optional(str),
  note: Type.Optional(str),
  modify_patch: Type.Optional(Type.Unknown()),
  modified_payload_preview: Type.Optional(Type.Unknown()),
  parts: Type.Optional(Type.Array(TracePart)),
})

/** What the playground answers: every rule, why it matched or not, and the plan. */
export const EvaluateAnswer = Type.Object(
  {
    verdict: str,
    matched_rule: Type.Optional(str),
    matched_rules: Type.Array(str),
    has_errors: Type.Boolean(),
    total_rules_evaluated: Type.Integer(),
    total_rules_skipped: Type.Integer(),
    evaluation_duration_us: Type.Integer(),
    rules_version: str,
    trace: Type.Array(EvaluateRule),
    context: Type.Object({
      time: Type.Record(Type.String(), Type.Unknown()),
      environment_keys: Type.Array(str),
      accessed_state_keys: Type.Optional(Type.Array(str)),
      effective_timezone: Type.Optional(str),
    }),
    modified_payload: Type.Optional(Type.Unknown()),
    plan: Type.Object({
      provider: str,
      gates: Type.Array(Type.Object({ rule: str, verdict: str, describes: str })),
      ending: Type.Union([str, Type.Null()]),
      outcome: Type.Optional(Type.Unknown()),
    }),
  },
  { title: 'EvaluateAnswer' },
)
export type EvaluateAnswer = Static<typeof EvaluateAnswer>

const checkRequest = compile(EvaluateRequest)

/**
 * Plans an action for people to look at: nothing is changed, and state is only read.
 * @throws ActeonError INVALID_REQUEST
 */
export async function evaluateRules(
  request: unknown,
  parts: { rules: RuleSet; environment: PlanEnvironment; askState: AskState; clock: Clock; newId: () => string },
): Promise<EvaluateAnswer> {
  const checked = checkRequest(request)
  if (!checked.ok) {
    const issues = checked.issues.map(({ path, message }) => ({ path: pathText(path), message }))
    throw new ActeonError('INVALID_REQUEST', `The request is not valid: ${issues[0]!.path}: ${issues[0]!.message}.`, {
      issues,
    })
  }
  const {
    include_disabled = false,
    evaluate_all = false,
    evaluate_at,
    mock_state = {},
    files: _,
    ...sent
  } = checked.value
  const { clock, environment } = parts
  const { action } = parseAction(sent, { clock, newId: parts.newId })
  const nowMs = evaluate_at == null ? environment.nowMs : Date.parse(evaluate_at)
  const asked: string[] = []
  const rules = shownRules(parts.rules, include_disabled)
  const looks = new Map<string, Look>()
  const began = clock.monotonic()
  let last = began
  const askState: AskState = async (lookups) => {
    const answers = await askMocked(lookups, mock_state, parts.askState, asked)
    last = clock.monotonic()
    return answers
  }
  const looked = (rule: Rule, trace: TraceRule, { payload }: Action): void => {
    const now = clock.monotonic()
    looks.set(rule.name, { trace, payload, durationUs: micros(now - last) })
    last = now
  }
  const plan = await planAction(
    action,
    rules,
    { ...environment, nowMs, full: true, beyond: evaluate_all, looked },
    askState,
  )
  const durationUs = micros(clock.monotonic() - began)
  const trace = rules.rules.map((rule) => traceOf(rule, parts.rules, looks.get(rule.name)))
  const skipped = trace.filter(({ result }) => result === 'skipped').length
  return {
    verdict: plan.verdict,
    ...(plan.matched_rule !== null && { matched_rule: plan.matched_rule }),
    matched_rules: plan.matched_rules,
    has_errors: trace.some(({ result }) => result === 'error'),
    total_rules_evaluated: trace.length - skipped,
    total_rules_skipped: skipped,
    evaluation_duration_us: durationUs,
    rules_version: parts.rules.version,
    trace,
    context: {
      time: { ...timeFields(nowMs, 'UTC') },
      environment_keys: [],
      ...(asked.length > 0 && { accessed_state_keys: asked }),
      effective_timezone: 'UTC',
    },
    ...(plan.action.payload !== action.payload && { modified_payload: plan.action.payload }),
    plan: {
      provider: plan.action.provider,
      gates: plan.gates.map((gate) => ({ rule: gate.rule, verdict: gate.verdict, describes: gateText(gate) })),
      ending: plan.ending === null ? null : plan.ending.kind,
      ...(plan.ending?.kind === 'answer' && { outcome: plan.ending.outcome }),
    },
  }
}

const shownRules = (rules: RuleSet, includeDisabled: boolean): RuleSet =>
  includeDisabled ? ruleSet(rules.rules.map((rule) => ({ ...rule, enabled: true }))) : rules

const micros = (ms: number): number => Math.round(ms * 1_000)

/** What became of a rule, and the payload after it. */
interface Look {
  trace: TraceRule
  payload: unknown
  durationUs: number
}

function traceOf(rule: Rule, real: RuleSet, look: Look | undefined): EvaluateAnswer['trace'][number] {
  const { result, note, parts } = look?.trace ?? { result: 'skipped' as const }
  return {
    rule_name: rule.name,
    priority: rule.priority,
    enabled: real.rules.find(({ name }) => name === rule.name)?.enabled ?? rule.enabled,
    condition_display: rule.condition.display,
    result,
    evaluation_duration_us: look?.durationUs ?? 0,
    action: rule.verdict.type,
    source: `${rule.file}:${rule.line}`,
    ...(rule.description !== null && { description: rule.description }),
    ...(result === 'skipped' && { skip_reason: note ?? 'the plan was closed before' }),
    ...(result === 'error' && { error: note ?? 'it could not be evaluated' }),
    ...(result !== 'skipped' && result !== 'error' && note !== undefined && { note }),
    ...(rule.verdict.word === 'modify' && { modify_patch: rule.config['changes'] }),
    ...(rule.verdict.word === 'modify' && result === 'matched' && { modified_payload_preview: look?.payload }),
    ...(parts !== undefined && { parts }),
  }
}

const gateText = (gate: Plan['gates'][number]): string =>
  gate.kind === 'window'
    ? `at most ${gate.limit} in any ${gate.window_ms / 1_000} s`
    : `one per key for ${gate.ttl_ms / 1_000} s`

async function askMocked(
  lookups: Lookup[],
  mock: Record<string, string>,
  ask: AskState,
  asked: string[],
): Promise<LookupAnswer[]> {
  const keys = lookups.map(stateKey)
  asked.push(...keys)
  const real = lookups.filter((_, i) => !Object.hasOwn(mock, keys[i]!))
  const answers = real.length === 0 ? [] : await ask(real)
  return lookups.map((lookup, i) => {
    if (!Object.hasOwn(mock, keys[i]!)) return answers.shift()!
    const value = mock[keys[i]!]!
    return lookup.kind === 'active_event' ? value === 'true' : value === '' ? null : value
  })
}

/** How a lookup is named in `mock_state` and `accessed_state_keys`. */
function stateKey(lookup: Lookup): string {
  if (lookup.kind === 'event_state') return `state:${lookup.fingerprint}`
  const { action_type, label, value } = lookup
  if (value === undefined) return `event:${action_type}`
  return `event:${action_type}:${label === undefined ? value : `${label}=${value}`}`
}
