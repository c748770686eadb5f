import type { Action } from '../action/action.js'
import { mergePatch, type Json } from '../lib/json.js'
import type { Lookup, LookupAnswer } from '../state/store.js'

/** Rules as they are written, read one after the other, word by word: no index, no compilation, nothing remembered. */
export interface PlainRule {
  name: string
  priority?: number
  enabled?: boolean
  final?: boolean
  timezone?: string
  condition?: PlainCondition
  action: { type: string; [field: string]: unknown }
}

export type PlainCondition =
  | true
  | string
  | { all: PlainCondition[] }
  | { any: PlainCondition[] }
  | { not: PlainCondition }
  | { field: string; [operator: string]: unknown }
  | { call: string; args: Json[]; [operator: string]: unknown }

export interface PlainPlan {
  matched_rules: string[]
  verdict: string
  matched_rule: string | null
  action: Action
  /** With a text that is equal for equal keys. */
  gates: { rule: string; kind: string; identity: string; [field: string]: unknown }[]
  ending: Record<string, unknown> | null
}

interface World {
  /** Hours of the day by time zone, at the moment of dispatch. */
  hours: Record<string, number>
  state: (lookup: Lookup) => LookupAnswer
  /** What each CEL text in use means. */
  cel: Record<string, (action: Action) => boolean>
  without?: ReadonlySet<string>
  passed?: ReadonlySet<string>
}

export function interpret(rules: readonly PlainRule[], sent: Action, world: World): PlainPlan {
  const inOrder = rules
    .map((rule, i) => ({ rule, i }))
    .sort((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0) || a.i - b.i)
    .map(({ rule }) => rule)
  const plan: PlainPlan = {
    matched_rules: [],
    verdict: 'allow',
    matched_rule: null,
    action: sent,
    gates: [],
    ending: null,
  }
  let decided: [rank: number, word: string, rule: string] = [0, 'allow', '']
  // Later ones of the same rank win.
  const decide = (rank: number, word: string, rule: string): void => {
    if (rank >= decided[0]) decided = [rank, word, rule]
  }
  for (const rule of inOrder) {
    if (rule.enabled === false || world.without?.has(rule.name) === true) continue
    if (!holds(rule.condition ?? true, plan.action, rule, world)) continue
    plan.matched_rules.push(rule.name)
    const type = rule.action.type === 'deny' ? 'suppress' : rule.action.type
    if (type === 'modify') {
      const payload = mergePatch(plan.action.payload, rule.action['changes'] as Json)
      plan.action = { ...plan.action, payload }
      decide(1, type, rule.name)
    } else if (type === 'reroute') {
      plan.action = { ...plan.action, provider: rule.action['target_provider'] as string }
      decide(3, type, rule.name)
    } else if (type === 'deduplicate' || type === 'throttle') {
      decide(2, type, rule.name)
      if (world.passed?.has(rule.name) !== true) addGate(plan, rule)
    } else {
      decide(4, type, rule.name)
      plan.ending = endingOf(type, rule, plan.action)
      break
    }
    if (rule.final === true) break
  }
  if (decided[0] > 0) [, plan.verdict, plan.matched_rule] = decided
  return plan
}

function addGate(plan: PlainPlan, { name, action: { type, ...fields } }: PlainRule): void {
  const { action } = plan
  const keyPaths = fields['key'] as string[] | undefined
  // Null is a value, and not the same as none.
  const valueAt = (path: string): Json => {
    const value = read(path, action)
    return value === undefined ? 'nothing' : sorted([value])
  }
  const values = keyPaths?.map((path) => [path.replace(/^action\./, ''), valueAt(path)])
  const scope = [action.namespace, action.tenant]
  if (type === 'throttle') {
    const { max_count: limit, window_seconds } = fields as { max_count: number; window_seconds: number }
    const identity = JSON.stringify(['window', name, scope, values ?? []])
    plan.gates.push({ rule: name, kind: 'window', identity, limit, window_ms: window_seconds * 1_000 })
    return
  }
  const { provider, action_type, status, fingerprint, payload, metadata, dedup_key } = action
  const content = [provider, action_type, status ?? null, fingerprint ?? null, sorted(payload), sorted(metadata)]
  const what = values ?? (dedup_key === undefined ? { content } : { dedup_key })
  const identity = JSON.stringify(['reservation', scope, what])
  const { ttl_seconds, on_failure = 'release' } = fields as { ttl_seconds: number; on_failure?: string }
  const same = plan.gates.find((gate) => gate.identity === identity)
  if (same === undefined) {
    plan.gates.push({ rule: name, kind: 'reservation', identity, ttl_ms: ttl_seconds * 1_000, on_failure })
    return
  }
  same['ttl_ms'] = Math.max(same['ttl_ms'] as number, ttl_seconds * 1_000)
  if (on_failure === 'keep') same['on_failure'] = 'keep'
}

function endingOf(type: string, { name, action: fields }: PlainRule, action: Action): Record<string, unknown> | null {
  switch (type) {
    case 'allow':
      return null
    case 'suppress': {
      const reason = fields['reason']
      return { kind: 'answer', outcome: { type: 'Suppressed', rule: name, ...(reason !== undefined && { reason }) } }
    }
    case 'schedule':
      return { kind: 'schedule', rule: name, delay_ms: (fields['delay_seconds'] as number) * 1_000, at_ms: null }
    case 'state_machine':
      return { kind: 'transition', rule: name, status: action.status ?? null, labels: action.metadata }
    case 'group':
      return { kind: 'group', rule: name, member_labels: action.metadata }
    default:
      throw new Error(type)
  }
}

/** A form that is equal for equal JSON, and only then. */
const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)]
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return ['object', ...members.map(([name, member]) => [name, sorted(member)])]
}
const equal = (a: Json, b: Json): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))

/** undefined: nothing is there. */
function read(path: string, action: Action): Json | undefined {
  const [head, ...steps] = path.replace(/^action\./, '').split('.')
  if (head === 'metadata') return action.metadata[steps.join('.')]
  if (head !== 'payload') return action[head as 'provider']
  let at: Json | undefined = action.payload
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, Json>)[step]
  }
  return at
}

function holds(condition: PlainCondition, action: Action, rule: PlainRule, world: World): boolean {
  if (condition === true) return true
  if (typeof condition === 'string') return world.cel[condition]!(action)
  if ('all' in condition) return (condition.all as PlainCondition[]).every((one) => holds(one, action, rule, world))
  if ('any' in condition) return (condition.any as PlainCondition[]).some((one) => holds(one, action, rule, world))
  if ('not' in condition) return !holds(condition.not as PlainCondition, action, rule, world)
  const valueOf = (text: Json): Json | undefined =>
    typeof text === 'string' && /^(action|metadata|payload)\./.test(text) ? read(text, action) : text
  if ('call' in condition) {
    const answer = called(condition.call as string, condition.args as Json[], valueOf, action, world)
    const operator = Object.keys(condition).find((name) => name !== 'call' && name !== 'args')
    return operator === undefined ? answer === true : compares(operator, answer, condition[operator] as Json)
  }
  const { field, ...rest } = condition as { field: string; [operator: string]: unknown }
  const found = field === 'time.hour' ? world.hours[rule.timezone ?? 'UTC'] : read(field, action)
  const [operator, operand] = Object.entries(rest)[0]!
  return compares(operator, found, operand as Json)
}

function called(
  name: string,
  args: Json[],
  valueOf: (text: Json) => Json | undefined,
  { namespace, tenant }: Action,
  { state }: World,
): Json | undefined {
  const values = args.map(valueOf)
  // Only texts, numbers and truth values name something.
  if (values.some((value) => value == null || typeof value === 'object'))
    return name === 'get_event_state' ? undefined : false
  const texts = values.map(String)
  if (name === 'has_active_event') {
    const about = { kind: 'active_event' as const, namespace, tenant, action_type: texts[0]! }
    if (args.length === 1) return state(about)
    if (args.length === 3) return state({ ...about, label: texts[1]!, value: texts[2]! })
    const label = /^(?:action\.)?metadata\.(.*)$/.exec(String(args[1]))?.[1]
    return state({ ...about, ...(label !== undefined && { label }), value: texts[1]! })
  }
  const found = state({ kind: 'event_state', namespace, tenant, fingerprint: texts[0]! }) ?? undefined
  return name === 'get_event_state' ? found : found === texts[1]
}

function compares(operator: string, found: Json | undefined, operand: Json): boolean {
  if (operator === 'exists') return (found !== undefined) === operand
  if (operator === 'ne') return found === undefined || !equal(found, operand)
  if (found === undefined) return false
  const numbers = typeof found === 'number' && typeof operand === 'number'
  const texts = typeof found === 'string' && typeof operand === 'string'
  switch (operator) {
    case 'eq':
      return equal(found, operand)
    case 'in':
      return (operand as Json[]).some((one) => equal(one, found))
    case 'gt':
      return numbers && found > operand
    case 'gte':
      return numbers && found >= operand
    case 'lt':
      return numbers && found < operand
    case 'lte':
      return numbers && found <= operand
    case 'contains':
      return Array.isArray(found) ? found.some((one) => equal(one, operand)) : texts && found.includes(operand)
    case 'starts_with':
      return texts && found.startsWith(operand)
    case 'ends_with':
      return texts && found.endsWith(operand)
    case 'regex':
      return texts && new RegExp(operand).test(found)
    default:
      throw new Error(operator)
  }
}
