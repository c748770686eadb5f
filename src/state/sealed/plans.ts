import { openAction, openTable, sealAction, sealOutcome, sealTable } from '../../action/sealed.js'
import { sealDraft } from '../../audit/sealed.js'
import type { TraceAttempt, TraceRule } from '../../audit/trace.js'
import { isSealed, type Place, type Sealer } from '../../lib/seal.js'
import type { Ending, GroupEnding, Plan, TransitionEnding } from '../plan.js'
import type { Admission, Batch, EntryKey, Origin } from '../store.js'

type Scope = Pick<Place, 'namespace' | 'tenant'>

/** What a plan is bound to: the action whose dispatch made it, or the group or event that keeps it for later. */
export function planId(key: Pick<EntryKey, 'id'>, origin: Origin | null): string {
  switch (origin?.kind) {
    case 'flush':
      return groupId(origin.batch.group_key)
    case 'notification':
      return eventId(origin.event.fingerprint)
    case 'schedule':
      return origin.planned ? key.id : origin.parent
    default:
      return key.id
  }
}

export const groupId = (group_key: string): string => `group:${group_key}`
export const eventId = (fingerprint: string): string => `event:${fingerprint}`

const scopeOf = ({ namespace, tenant }: Scope): Scope => ({ namespace, tenant })
const rulesPlace = (scope: Scope, id: string): Place => ({ ...scopeOf(scope), kind: 'rules', id })
const labelPlace = (scope: Scope): Place => ({ ...scopeOf(scope), kind: 'label', id: '' })

/** A plan as it is stored: the action, the values that rules found, and what its ending carries are sealed. */
export function sealPlan(plan: Plan, sealer: Sealer, id: string): Plan {
  const { action, trace, ending } = plan
  return {
    ...plan,
    action: sealAction(action, sealer, id),
    trace: { ...trace, rules: sealRules(trace.rules, sealer, rulesPlace(action, id)) },
    ending: ending && sealEnding(ending, sealer, action, id),
  }
}

/** The inverse of `sealPlan`, for plans that are still to be carried out (their ending carries nothing). */
export const openPlan = (stored: Plan, sealer: Sealer, scope: Scope, id: string): Plan => ({
  ...stored,
  action: openAction(stored.action, sealer, scope, id),
  trace: { ...stored.trace, rules: openRules(stored.trace.rules, sealer, rulesPlace(scope, id)) },
})

const sealRules = (rules: TraceRule[], sealer: Sealer, place: Place): TraceRule[] =>
  rules.length === 0 ? rules : [{ rule: sealer.seal(JSON.stringify(rules), place), result: 'skipped' }]

function openRules(stored: TraceRule[], sealer: Sealer, place: Place): TraceRule[] {
  const token = stored[0]?.rule
  return isSealed(token) ? (JSON.parse(sealer.open(token, place)) as TraceRule[]) : stored
}

function sealEnding(ending: Ending, sealer: Sealer, scope: Scope, id: string): Ending {
  switch (ending.kind) {
    case 'answer':
      return { ...ending, outcome: sealOutcome(ending.outcome, sealer, scope, id) }
    case 'group':
      return sealGroup(ending, sealer, scope)
    case 'transition':
      return sealTransition(ending, sealer, scope)
    case 'schedule':
      return ending
  }
}

function sealGroup(ending: GroupEnding, sealer: Sealer, scope: Scope): GroupEnding {
  const { group_key } = ending
  return {
    ...ending,
    labels: sealTable(ending.labels, sealer, groupPlace(scope, group_key, 'labels')),
    // Which labels all members share is found again when a batch is opened.
    member: sealMember(ending, sealer, scope),
    member_labels: {},
    deliver: sealPlan(ending.deliver, sealer, groupId(group_key)),
    draft: sealDraft(ending.draft, sealer),
  }
}

export const groupPlace = (scope: Scope, group_key: string, kind: 'labels' | 'member'): Place => ({
  ...scopeOf(scope),
  kind,
  id: groupId(group_key),
})

function sealTransition(ending: TransitionEnding, sealer: Sealer, scope: Scope): TransitionEnding {
  return {
    ...ending,
    labels: sealLabels(ending.labels, sealer, scope),
    deliver: sealPlan(ending.deliver, sealer, eventId(ending.fingerprint)),
    draft: sealDraft(ending.draft, sealer),
  }
}

/**
 * Labels that events are found by: each value sealed so that equal values of a tenant look equal. Stores index the
 * sealed forms, and a lookup asks for all forms that the value can have.
 */
export const sealLabels = (labels: Record<string, string>, sealer: Sealer, scope: Scope): Record<string, string> =>
  mapValues(labels, (value) => sealer.sealSame(value, labelPlace(scope)))

export const openLabels = (labels: Record<string, string>, sealer: Sealer, scope: Scope): Record<string, string> =>
  mapValues(labels, (value) => (isSealed(value) ? sealer.open(value, labelPlace(scope)) : value))

export const labelForms = (value: string, sealer: Sealer, scope: Scope): string[] => [
  value,
  ...sealer.sameForms(value, labelPlace(scope)),
]

const mapValues = (labels: Record<string, string>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, change(value)]))

/** Attempts as they are stored: what a provider answered and said is one sealed text in the place of the excerpt. */
export const sealAttempts = (attempts: TraceAttempt[], sealer: Sealer, scope: Scope, id: string): TraceAttempt[] =>
  attempts.map((attempt) => {
    const { error, excerpt, ...rest } = attempt
    if (error === undefined && excerpt === undefined) return attempt
    return { ...rest, excerpt: sealer.seal(JSON.stringify({ error, excerpt }), attemptPlace(scope, id)) }
  })

export const openAttempts = (stored: TraceAttempt[], sealer: Sealer, scope: Scope, id: string): TraceAttempt[] =>
  stored.map((attempt) => {
    const { excerpt, ...rest } = attempt
    if (!isSealed(excerpt)) return attempt
    return { ...rest, ...(JSON.parse(sealer.open(excerpt, attemptPlace(scope, id))) as Partial<TraceAttempt>) }
  })

const attemptPlace = (scope: Scope, id: string): Place => ({ ...scopeOf(scope), kind: 'attempt', id })

/** Where an entry comes from, opened: a batch has its members, its labels and those that all members share. */
export function openOrigin(stored: Origin, sealer: Sealer, scope: Scope): Origin {
  if (stored.kind !== 'flush') return stored
  const { batch } = stored
  const { group_key } = batch
  if (!batch.members.some(({ text }) => isSealed(text))) return stored
  const members = batch.members.map(({ text }) => openMember(text, sealer, scope, group_key))
  const opened: Batch = {
    ...batch,
    members: batch.members.map((member, i) => ({ ...member, text: members[i]![0] })),
    labels: openTable(batch.labels, sealer, groupPlace(scope, group_key, 'labels')),
    shared_labels: commonTo(members.map(([, labels]) => labels)),
  }
  return { ...stored, batch: opened }
}

type Member = [text: string, labels: Record<string, string>]

const sealMember = ({ member, member_labels, group_key }: GroupEnding, sealer: Sealer, scope: Scope): string => {
  const content: Member = [member, member_labels]
  return sealer.seal(JSON.stringify(content), groupPlace(scope, group_key, 'member'))
}

/** A member's text and labels; labels of one that is not sealed are not known here. */
export function openMember(stored: string, sealer: Sealer, scope: Scope, group_key: string): Member {
  if (!isSealed(stored)) return [stored, {}]
  return JSON.parse(sealer.open(stored, groupPlace(scope, group_key, 'member'))) as Member
}

function commonTo(all: Record<string, string>[]): Record<string, string> {
  const [first = {}, ...others] = all
  const isShared = ([name, value]: [string, string]): boolean =>
    others.every((labels) => Object.hasOwn(labels, name) && labels[name] === value)
  return Object.fromEntries(Object.entries(first).filter(isShared))
}

/** Work, opened. */
export function openAdmission(stored: Admission, sealer: Sealer): Admission {
  const { key, origin } = stored
  return {
    ...stored,
    plan: openPlan(stored.plan, sealer, key, planId(key, origin)),
    origin: openOrigin(origin, sealer, key),
    attempts: openAttempts(stored.attempts, sealer, key, key.id),
  }
}
