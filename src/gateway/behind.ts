import type { Action } from '../action/action.js'
import { recordedAction } from '../audit/redacted.js'
import type { Trace } from '../audit/trace.js'
import { lookBehind } from '../rules/behind.js'
import type { AskState } from '../rules/plan.js'
import type { RuleSet } from '../rules/ruleset.js'
import type { Gateway, Story } from './gateway.js'
import { ownRecord } from './story.js'

/** What a story says of how its action was decided. */
interface Decided {
  /** As it was when the plan was closed, masked. */
  action: Action
  trace: Trace
  rules_version: string
  /** Milliseconds. */
  at: number
  /** What of the action is not there, besides what is masked. */
  absent: ReadonlySet<string>
}

/** What records leave out of an action. */
const OFF_RECORD: ReadonlySet<string> = new Set(['created_at', 'template', 'attachments', 'trace_context'])

/** Looks at the rules behind the one that decided, under the rules of the moment. */
export function createBehind({
  rules,
  askState,
  placeholder,
}: {
  rules: () => RuleSet
  askState: AskState
  /** What stands where something was masked. */
  placeholder: string
}): Gateway['rulesBehind'] {
  return async (story) => {
    const decided = decidedOf(story)
    if (decided === null) return null
    const { action, trace, at, absent } = decided
    const set = rules()
    const closing = trace.rules.findLast(({ result }) => result === 'matched' || result === 'error')?.rule
    const place = set.rules.findIndex(({ name }) => name === closing)
    const told = new Set(trace.rules.map(({ rule }) => rule))
    const places = new Map(set.rules.map(({ name }, i) => [name, i]))
    const behind =
      closing === undefined
        ? []
        : set.candidates(action).filter(({ name }) => !told.has(name) && places.get(name)! > place)
    return {
      behind: place === -1 ? null : closing!,
      rules_version: decided.rules_version,
      rules_version_now: set.version,
      at,
      rules: await lookBehind(
        action,
        behind,
        { nowMs: at, withheld: withheldOf(action, absent, placeholder) },
        askState,
      ),
    }
  }
}

function decidedOf(story: Story): Decided | null {
  const record = ownRecord(story)
  if (record !== undefined)
    return {
      action: recordedAction(record),
      trace: record.trace,
      rules_version: record.rules_version,
      at: Date.parse(record.dispatched_at),
      absent: record.action_payload === null ? new Set([...OFF_RECORD, 'payload']) : OFF_RECORD,
    }
  const plan = story.entry?.plan ?? null
  if (plan === null) return null
  const { action, trace, rules_version } = plan
  return { action, trace, rules_version, at: story.entry!.dispatched_at, absent: new Set() }
}

/** Why what a path leads to is not known of a masked action; null: it is. */
function withheldOf(action: Action, absent: ReadonlySet<string>, placeholder: string): (path: string) => string | null {
  const known = new Map<string, string | null>()
  const isMasked = (value: unknown): boolean => {
    if (typeof value === 'string') return placeholder === '' ? value === '' : value.includes(placeholder)
    return typeof value === 'object' && value !== null && Object.values(value).some(isMasked)
  }

  function reasonOf(path: string): string | null {
    const [head = '', ...steps] = path.split('.')
    if (head === 'action') return absent.size > 0 || isMasked(action) ? 'not all of the action is on record' : null
    if (absent.has(head)) return `${head === 'payload' ? 'the payload' : head} is not on record`
    return leadsToMasked(action[head as keyof Action], head === 'metadata' ? labelOf(steps) : steps)
      ? `${path} is masked`
      : null
  }

  /** Also into what was masked whole. */
  function leadsToMasked(start: unknown, steps: readonly string[]): boolean {
    let at = start
    for (const step of steps) {
      if (typeof at !== 'object' || at === null) return isMasked(at)
      at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined
    }
    return isMasked(at)
  }

  const labelOf = (steps: string[]): string[] => {
    const names = [steps.join('.'), steps.slice(1).join('.')]
    const name = names.find((one) => Object.hasOwn(action.metadata, one))
    return name === undefined ? steps : [name]
  }

  return (path) => {
    let why = known.get(path)
    if (why === undefined) known.set(path, (why = reasonOf(path)))
    return why
  }
}
