import { asksToBeTriedAgain, type Outcome } from '../../action/outcome.js'
import type { Decision } from '../../audit/record.js'
import type { TraceGate, TraceLinks } from '../../audit/trace.js'
import type { Ending } from '../plan.js'
import type { Admission, Admitted, AdmitRequest, Limits, Origin } from '../store.js'
import { joined, type Admitting } from './admitting.js'
import { workUnder } from './complete.js'
import { removeDeadLetterOf } from './dead-letters.js'
import { keepSent, lookUp, newEntry, nextTry, removeEntry, saveEntry, settleEntry, type Found } from './entries.js'
import { decideFor, enterTransition, type Move } from './transitions.js'
import { announceOutcome } from './frames.js'
import { checkGates, countRefusal, newReservations, refusalOf, takeGates, type Checked } from './gates.js'
import { joinGroup, opensGroup } from './groups.js'
import { parsed } from './json.js'
import { isLaneTaken, overtake } from './lanes.js'
import { holdsLease } from './leases.js'
import { putOnRecord } from './recording.js'
import { forgetReservations, release } from './reservations.js'
import { schedule } from './schedules.js'
import type { Step } from './step.js'
import { answerOf, insertWork, QUEUED, removeWork, RUNNING, workAt, type Hold, type WorkRow } from './work.js'

/** How far a try is decided: its outcome, and what goes on record with it. */
interface Settled {
  outcome: Outcome
  gates: TraceGate[]
  follow?: Admission[]
  refused_by?: Decision['refused_by']
  links?: Partial<TraceLinks>
}

/** Decides about an action (`StateStore.admit`): checks in the contract's order, and writes after the last of them. */
export function admit(step: Step, request: AdmitRequest): Admitted {
  const { owner, key, plan, continues } = request
  if (!holdsLease(step, owner)) return { kind: 'not_owner' }
  const waiting = step.tally.of('outbox', key.tenant)
  if (waiting >= step.settings.outboxBound) return { kind: 'backlog', waiting }

  const known = continues === undefined ? whatIsKnown(step, request) : continuing(step, request, continues.fence)
  if ('kind' in known) return known

  const { ending } = plan
  if (ending?.kind === 'answer')
    return settled(step, request, begin(step, request, known), { outcome: ending.outcome, gates: [] })

  const checked = checkGates(step, plan.gates, known.found.entry?.seq ?? null)
  const gates = checked.readings.map(({ trace }) => trace)
  if (checked.refusing !== null) {
    const { gate, trace } = checked.refusing
    countRefusal(step, checked.refusing, key.id)
    return settled(step, request, begin(step, request, known), {
      outcome: refusalOf(checked.refusing),
      gates,
      refused_by: { rule: gate.rule, verdict: gate.verdict },
      ...(trace.holder !== undefined && { links: { duplicate_of: trace.holder } }),
    })
  }

  const move = ending?.kind === 'transition' ? decideFor(step, key, ending) : null
  if (move !== null && 'outcome' in move)
    return settled(step, request, begin(step, request, known), { outcome: move.outcome, gates })

  const limit = reachedLimit(step, request, checked, move)
  if (limit !== null) return limit

  const admitting = begin(step, request, known)
  const { seq: entry } = admitting.entry
  const holds = takeGates(step, checked, { tenant: key.tenant, entry, id: key.id })
  if (ending === null) return journal(step, request, admitting, holds, gates)
  return settled(step, request, admitting, { gates, ...carryOut(step, request, admitting, ending, move, holds, gates) })
}

/** What step 2 found: a new id, a settled one whose next try this is, or a due action that goes on. */
type Known = { found: Found; unplanned: WorkRow | null }

/** Step 2: what the id says. */
function whatIsKnown(step: Step, { key, body_hash }: AdmitRequest): Known | Admitted {
  const found = lookUp(step, key)
  const { entry } = found
  if (entry === null) return { found, unplanned: null }
  if (entry.body_hash !== body_hash) return { kind: 'id_reused' }
  if (entry.settled_at === null)
    return { kind: 'in_progress', try: entry.try, outcome: answerOf(workAt(step, entry.work!).answer) }
  const outcome = parsed<Outcome>(entry.outcome!)
  if (asksToBeTriedAgain(outcome)) return { found, unplanned: null }
  return { kind: 'replayed', outcome, try: entry.try, dispatched_at: entry.dispatched_at }
}

/** Step 2 for a due scheduled action: it must be ours still. */
function continuing(step: Step, { key, owner }: AdmitRequest, fence: number): Known | Admitted {
  const work = workUnder(step, { key, owner, fence })
  return work === null ? { kind: 'replaced' } : { found: lookUp(step, key), unplanned: workAt(step, work.pos) }
}

/** The first thing that is written: a new entry, or the next try of a known one. */
function begin(step: Step, { key, body_hash, plan, original }: AdmitRequest, { found, unplanned }: Known): Admitting {
  const { entry, over, hash } = found
  if (unplanned !== null) {
    removeWork(step, unplanned)
    return { entry: entry!, unplanned }
  }
  if (entry !== null) {
    removeDeadLetterOf(step, entry.seq)
    return { entry: nextTry(step, entry), unplanned }
  }
  if (over !== null) removeEntry(step, over.seq)
  const created = newEntry(step, key, body_hash, hash)
  keepSent(step, created.seq, JSON.stringify(original ?? plan.action))
  return { entry: created, unplanned }
}

/** Step 6: caps of the tenant. What has expired makes room first, so that only what lives is counted. */
function reachedLimit(step: Step, { key, plan }: AdmitRequest, checked: Checked, move: Move | null): Admitted | null {
  const { limits } = step.settings
  const { tenant } = key
  const { tally } = step
  const full = (what: keyof Limits, there: number, more: number): Admitted | null =>
    more > 0 && there + more > limits[what] ? { kind: 'limit', what, cap: limits[what] } : null

  const reserving = newReservations(checked)
  if (full('reservations', tally.of('reservations', tenant), reserving) !== null)
    forgetReservations(step, tenant, 1_000)
  return (
    full('reservations', tally.of('reservations', tenant), reserving) ??
    (plan.ending?.kind === 'group' && opensGroup(step, key, plan.ending)
      ? full('open_groups', tally.of('groups', tenant), 1)
      : null) ??
    (move !== null && move.opensActive ? full('active_events', tally.of('events', tenant), 1) : null) ??
    (plan.ending?.kind === 'schedule'
      ? full('jobs', tally.of('scheduled', tenant) + tally.of('parked', tenant), 1)
      : null)
  )
}

/** Step 7 without an ending: the entry is open, ours, or behind the others of its lane. */
function journal(
  step: Step,
  request: AdmitRequest,
  { entry, unplanned }: Admitting,
  holds: Hold[],
  gates: TraceGate[],
): Admitted {
  const { owner, key, plan, original, context, lane = null } = request
  const scope = { namespace: key.namespace, tenant: key.tenant, lane: lane ?? '' }
  const queued = lane !== null && isLaneTaken(step, scope)
  if (lane !== null) overtake(step, scope)
  const fence = unplanned?.fence ?? entry.fence + 1
  const origin: Origin =
    unplanned === null
      ? { kind: 'dispatch' }
      : { ...parsed<Extract<Origin, { kind: 'schedule' }>>(unplanned.origin), planned: true }
  insertWork(step, entry, {
    status: queued ? QUEUED : RUNNING,
    owner: queued ? null : owner,
    fence,
    lane,
    idempotency_key: key.id,
    holds: joined(unplanned, holds),
    gates,
    context,
    origin,
    plan,
    takeovers: unplanned?.takeovers ?? 0,
    sentAsPlanned: original === null && unplanned === null && entry.try === 1,
  })
  const { try: nth, dispatched_at } = entry
  if (queued) return { kind: 'queued', try: nth, fence, dispatched_at }
  const admission: Admission = {
    key,
    try: nth,
    fence,
    owner,
    dispatched_at,
    plan,
    origin,
    context,
    attempts: [],
    takeovers: unplanned?.takeovers ?? 0,
    lane,
    gates,
    idempotency_key: key.id,
  }
  return { kind: 'deliver', admission }
}

/** Step 7 with an ending. */
function carryOut(
  step: Step,
  request: AdmitRequest,
  admitting: Admitting,
  ending: Exclude<Ending, { kind: 'answer' }>,
  move: Move | null,
  holds: Hold[],
  gates: TraceGate[],
): Pick<Settled, 'outcome' | 'follow' | 'links'> {
  switch (ending.kind) {
    case 'group':
      return joinGroup(step, request, ending)
    case 'transition':
      return enterTransition(step, request, ending, move!)
    case 'schedule':
      return { outcome: schedule(step, request, admitting, ending, holds, gates) }
  }
}

/** Gives the try its outcome, puts it on record, and tells the stream, all in this step. */
function settled(step: Step, { draft }: AdmitRequest, { entry, unplanned }: Admitting, found: Settled): Admitted {
  const { outcome, gates, follow = [], refused_by, links } = found
  const { try: nth, dispatched_at } = entry
  if (unplanned !== null) {
    entry.fence = Math.max(entry.fence, unplanned.fence)
    release(step, joined(unplanned, []), entry.seq, entry.tenant, outcome)
  }
  // A scheduled action keeps the work that it will be due with.
  if (outcome.type !== 'Scheduled') entry.work = null
  settleEntry(step, entry, outcome)
  saveEntry(step, entry)
  const record = {
    draft,
    decision: {
      outcome,
      dispatched_at,
      completed_at: step.now,
      try: nth,
      gates,
      ...(refused_by !== undefined && { refused_by }),
      ...(links !== undefined && { links }),
    },
  }
  putOnRecord(step, record)
  announceOutcome(step, record)
  return { kind: 'settled', outcome, try: nth, dispatched_at, gates, follow }
}
