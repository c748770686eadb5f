import { openAction, openOutcome, openTable, sealAction, sealOutcome } from '../../action/sealed.js'
import type { AuditEntry } from '../../audit/record.js'
import { openEntry as openEntryOfAudit, sealDraft, sealEntry } from '../../audit/sealed.js'
import { ActeonError } from '../../lib/errors.js'
import { isSealed, type Sealer } from '../../lib/seal.js'
import type {
  Admission,
  Admitted,
  AdmitRequest,
  CompleteRequest,
  DeadLetter,
  EntryView,
  EventView,
  Frame,
  GroupView,
  Lookup,
  LookupAnswer,
  Page,
  StateStore,
} from '../store.js'
import { hideGroupKey } from './group-key.js'
import {
  groupPlace,
  labelForms,
  openAdmission,
  openAttempts,
  openLabels,
  openMember,
  openOrigin,
  openPlan,
  planId,
  sealAttempts,
  sealPlan,
} from './plans.js'

/** Told when work cannot be opened: it stays open in the store, listed, and nothing is sent for it. */
export type OnUnreadable = (error: ActeonError, action: { namespace: string; tenant: string; id: string }) => void

export interface SealedStateOptions {
  onUnreadable?: OnUnreadable
  /** Leave the values that groups are grouped by readable in the public names of groups; they are hidden when absent. */
  readableGroupKeys?: boolean
}

/**
 * A state store whose payloads and labels are sealed before they reach it and opened when they leave it, over any
 * backend. Ids, fingerprints, states, names and times stay as they are, because stores decide and look up by them; label
 * values that conditions ask for are sealed so that equal ones look equal.
 *
 * With a sealer that has no key nothing is sealed, and work that was sealed is refused instead of being sent as it lies.
 */
export function sealedState(inner: StateStore, sealer: Sealer, options: SealedStateOptions = {}): StateStore {
  const { onUnreadable = () => {}, readableGroupKeys = false } = options
  const work = (stored: Admission[]): Admission[] =>
    stored.flatMap((admission) => {
      try {
        return [openAdmission(admission, sealer)]
      } catch (error) {
        onUnreadable(unreadable(error), admission.key)
        return []
      }
    })

  return {
    get durability() {
      return inner.durability
    },
    join: (request) => inner.join(request),
    renew: (request) => inner.renew(request),
    leave: (request) => inner.leave(request),
    nodes: () => inner.nodes(),

    async admit(request) {
      const stored = readableGroupKeys || !sealer.seals ? request : hideGroupKey(request)
      return openAdmitted(await inner.admit(sealRequest(stored, sealer)), request, sealer, work)
    },
    peek: (request) => inner.peek(request),
    async complete(request) {
      const done = await inner.complete(sealer.seals ? sealCompletion(request, sealer) : request)
      return done.kind === 'done' ? { ...done, follow: work(done.follow) } : done
    },
    park: (request) => {
      const { key, attempts, outcome } = request
      if (!sealer.seals) return inner.park(request)
      return inner.park({
        ...request,
        attempts: sealAttempts(attempts, sealer, key, key.id),
        ...(outcome !== undefined && { outcome: sealOutcome(outcome, sealer, key, key.id) }),
      })
    },
    resume: async (request) => work(await inner.resume(request)),
    async due(request) {
      const due = await inner.due(request)
      return { ...due, admissions: work(due.admissions) }
    },
    async entry(key) {
      const found = await inner.entry(key)
      return found && openEntry(found, sealer)
    },
    openEntries: async (list) => openPage(await inner.openEntries(list), (entry) => entryOrSay(entry, sealer)),

    lookup: ({ lookups }) => lookupAll(inner, lookups, sealer),

    async flush(request) {
      const flushed = await inner.flush(request)
      if (flushed === null) return null
      return { group: openGroup(flushed.group, sealer), admission: openAdmission(flushed.admission, sealer) }
    },
    group: async (named) =>
      (await inner.group(named)).map((group) => ({
        ...openGroup(group, sealer),
        members: group.members.map((text) => openMember(text, sealer, group, group.group_key)[0]),
      })),
    groups: async (list) => openPage(await inner.groups(list), (group) => openGroup(group, sealer)),

    async transition(request) {
      const moved = await inner.transition(request)
      return moved.kind === 'moved' ? { ...moved, follow: work(moved.follow) } : moved
    },
    event: async (named) => (await inner.event(named)).map((event) => openEvent(event, sealer)),
    history: (key) => inner.history(key),
    events: async (list) => openPage(await inner.events(list), (event) => openEvent(event, sealer)),

    deadLetters: async (list) => openPage(await inner.deadLetters(list), (letter) => letterOrSay(letter, sealer)),
    async deadLetter(id) {
      const found = await inner.deadLetter(id)
      return found && openLetter(found, sealer)
    },
    async editDeadLetter(request) {
      if (!sealer.seals) return inner.editDeadLetter(request)
      const stored = await inner.deadLetter(request.id)
      if (stored === null) return inner.editDeadLetter(request)
      const plan = sealPlan(request.plan, sealer, planId(stored.key, stored.origin))
      const edited = await inner.editDeadLetter({ ...request, plan, audit: sealEntry(request.audit, sealer) })
      return 'kind' in edited ? edited : openLetter(edited, sealer)
    },
    discardDeadLetter: (request) =>
      inner.discardDeadLetter(sealer.seals ? { ...request, audit: sealEntry(request.audit, sealer) } : request),
    async redeliver(request) {
      const answer = await inner.redeliver(request)
      return answer.kind === 'deliver' ? { ...answer, admission: openAdmission(answer.admission, sealer) } : answer
    },

    readRecord: (kind, name) => inner.readRecord(kind, name),
    casRecord: (request) => inner.casRecord(request),
    listRecords: (kind, page) => inner.listRecords(kind, page),
    take: (request) => inner.take(request),

    async frames(request) {
      const found = await inner.frames(request)
      return { ...found, frames: found.frames.map((frame) => openFrame(frame, sealer)) }
    },
    onFrames: (wake) => inner.onFrames(wake),

    outbox: async (request) =>
      (await inner.outbox(request)).map(({ position, entry }) => ({ position, entry: openWaiting(entry, sealer) })),
    acknowledge: (request) => inner.acknowledge(request),

    sweep: (request) => inner.sweep(request),
    ...(inner.reseal !== undefined && { reseal: (request) => inner.reseal!(request) }),
    stats: () => inner.stats(),
    health: () => inner.health(),
    close: () => inner.close(),
  }
}

function sealRequest(request: AdmitRequest, sealer: Sealer): AdmitRequest {
  if (!sealer.seals) {
    refuseLookalike(request)
    return request
  }
  const { plan, original, draft, key } = request
  return {
    ...request,
    plan: sealPlan(plan, sealer, key.id),
    original: original && sealAction(original, sealer, key.id),
    draft: sealDraft(draft, sealer),
  }
}

/** Where nothing is sealed, a payload must not look as if it were: it could not be told from one that is. */
function refuseLookalike({ plan, original }: AdmitRequest): void {
  if (isSealed(plan.action.payload) || isSealed(original?.payload))
    throw new ActeonError(
      'INVALID_ACTION',
      'The payload is a text in the form of a sealed value, which no caller can send; put it into an object.',
    )
}

function openAdmitted(
  answer: Admitted,
  { key, plan }: AdmitRequest,
  sealer: Sealer,
  work: (stored: Admission[]) => Admission[],
): Admitted {
  switch (answer.kind) {
    case 'deliver':
      // What was asked is what was stored; opening it again would give the same.
      return { kind: 'deliver', admission: { ...answer.admission, plan } }
    case 'settled':
      return {
        ...answer,
        outcome: openOutcome(answer.outcome, sealer, key, key.id),
        follow: work(answer.follow),
      }
    case 'replayed':
      return { ...answer, outcome: openOutcome(answer.outcome, sealer, key, key.id) }
    case 'in_progress':
      return { ...answer, outcome: answer.outcome && openOutcome(answer.outcome, sealer, key, key.id) }
    default:
      return answer
  }
}

function sealCompletion(request: CompleteRequest, sealer: Sealer): CompleteRequest {
  const { key, outcome, redacted, draft, dead_letter } = request
  return {
    ...request,
    outcome: sealOutcome(outcome, sealer, key, key.id),
    redacted: sealOutcome(redacted, sealer, key, key.id),
    draft: sealDraft(draft, sealer),
    ...(dead_letter !== undefined && {
      dead_letter: {
        ...dead_letter,
        error: sealer.seal(dead_letter.error, { ...scopeOf(key), kind: 'error', id: key.id }),
        attempts: sealAttempts(dead_letter.attempts, sealer, key, key.id),
      },
    }),
  }
}

const scopeOf = ({ namespace, tenant }: { namespace: string; tenant: string }) => ({ namespace, tenant })

function openEntry(stored: EntryView, sealer: Sealer): EntryView {
  const { key, action, plan, origin, outcome, attempts } = stored
  return {
    ...stored,
    outcome: outcome && openOutcome(outcome, sealer, key, key.id),
    action: action && openAction(action, sealer, key, key.id),
    plan: plan && openPlan(plan, sealer, key, planId(key, origin)),
    origin: origin && openOrigin(origin, sealer, key),
    attempts: openAttempts(attempts, sealer, key, key.id),
  }
}

function openLetter(stored: DeadLetter, sealer: Sealer): DeadLetter {
  const { key, origin, plan, attempts, error } = stored
  return {
    ...stored,
    error: isSealed(error) ? sealer.open(error, { ...scopeOf(key), kind: 'error', id: key.id }) : error,
    plan: openPlan(plan, sealer, key, planId(key, origin)),
    origin: openOrigin(origin, sealer, key),
    attempts: openAttempts(attempts, sealer, key, key.id),
  }
}

const openGroup = <G extends GroupView>(stored: G, sealer: Sealer): G => ({
  ...stored,
  labels: openTable(stored.labels, sealer, groupPlace(stored, stored.group_key, 'labels')),
})

const openEvent = (stored: EventView, sealer: Sealer): EventView => ({
  ...stored,
  labels: openLabels(stored.labels, sealer, stored),
})

/** In a list, what cannot be opened says so and hides none of the others. */
function entryOrSay(stored: EntryView, sealer: Sealer): EntryView {
  try {
    return openEntry(stored, sealer)
  } catch (error) {
    const payload = { '[sealed]': unreadable(error).message }
    const { action, plan } = stored
    return {
      ...stored,
      action: action && { ...action, payload },
      plan: plan && { ...plan, action: { ...plan.action, payload }, trace: { ...plan.trace, rules: [] } },
      attempts: [],
      outcome: null,
    }
  }
}

function letterOrSay(stored: DeadLetter, sealer: Sealer): DeadLetter {
  try {
    return openLetter(stored, sealer)
  } catch (error) {
    const { message } = unreadable(error)
    const action = { ...stored.plan.action, payload: { '[sealed]': message } }
    return {
      ...stored,
      error: message,
      plan: { ...stored.plan, action, trace: { ...stored.plan.trace, rules: [] } },
      attempts: [],
    }
  }
}

/** An entry that waits for the audit. One that cannot be opened goes there as it lies, and is refused where it is read. */
function openWaiting(stored: AuditEntry, sealer: Sealer): AuditEntry {
  try {
    return openEntryOfAudit(stored, sealer)
  } catch (error) {
    unreadable(error)
    return stored
  }
}

function unreadable(error: unknown): ActeonError {
  if (error instanceof ActeonError && error.code === 'SEALED_UNREADABLE') return error
  throw error
}

const openPage = <T>(page: Page<T>, open: (item: T) => T): Page<T> => ({ ...page, items: page.items.map(open) })

/** Frames tell outcomes; what a `Failed` one says is sealed in them. */
function openFrame(stored: Frame, sealer: Sealer): Frame {
  const { data } = stored
  const failed = (data['outcome'] as { Failed?: { message: string } } | undefined)?.Failed
  if (failed === undefined || !isSealed(failed.message)) return stored
  const id = String(data['action_id'])
  let message: string
  try {
    message = sealer.open(failed.message, { ...scopeOf(stored), kind: 'outcome', id })
  } catch (error) {
    message = unreadable(error).message
  }
  return {
    ...stored,
    data: {
      ...data,
      outcome: { Failed: { ...failed, message } },
      ...(data['reason'] !== undefined && { reason: message }),
    },
  }
}

/** A value may have been sealed by any of the keys, or before there was one: the lookup asks for each of its forms. */
async function lookupAll(inner: StateStore, lookups: Lookup[], sealer: Sealer): Promise<LookupAnswer[]> {
  if (!sealer.seals) return inner.lookup({ lookups })
  const asked = lookups.map((lookup): Lookup[] =>
    lookup.kind === 'active_event' && lookup.value !== undefined
      ? labelForms(lookup.value, sealer, lookup).map((value) => ({ ...lookup, value }))
      : [lookup],
  )
  const answers = await inner.lookup({ lookups: asked.flat() })
  let at = 0
  return asked.map((forms) => {
    const own = answers.slice(at, (at += forms.length))
    return forms.length === 1 ? own[0]! : own.some((answer) => answer === true)
  })
}
