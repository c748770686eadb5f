import { asksToBeTriedAgain, toWireDuration, type Outcome } from '../../action/outcome.js'
import type { MachineTable, Plan } from '../plan.js'
import { LEASE_MS } from '../store.js'
import {
  admissionOf,
  complete,
  enterLane,
  entriesDue,
  lookAt,
  open,
  park,
  redeliver,
  resume,
  settle,
  take,
} from './entries.fixture.js'
import { applyStatus, decide, moveByHand, timeoutsDue } from './events.fixture.js'
import { flush, groupsDue, joinGroup } from './groups.fixture.js'
import { alive, forget, isOpen, nameOf, type Entry, type Remembered } from './remembered.fixture.js'

/**
 * The state contract once more, as plainly as it can be said: one thing after the other, nothing fast. Stores are compared
 * with it over random sequences of operations (model.test.ts). It leaves out what the conformance suite tests by example:
 * caps, the outbox's bound, limits of `due` and `resume`, reminders that are longer than the interval, edits and forced
 * redeliveries, records, rates, frames.
 */
export function createModel(of: { idRetentionMs: number; machine: MachineTable }) {
  const m: Remembered = {
    ...of,
    now: 0,
    leases: [],
    entries: new Map(),
    keys: new Map(),
    lastHolder: new Map(),
    passed: new Map(),
    lanes: new Map(),
    lastOfLane: new Map(),
    groups: new Map(),
    events: new Map(),
    letters: new Map(),
    records: [],
  }
  return {
    remembered: m,
    /** Time goes on. */
    tick(now: number): void {
      m.now = now
      forget(m)
    },
    alive: (owner: number): boolean => alive(m, owner),
    join: (): number => m.leases.push(m.now + LEASE_MS) - 1,
    /** False: it has run out. */
    renew(owner: number): boolean {
      if (!alive(m, owner)) return false
      m.leases[owner] = m.now + LEASE_MS
      return true
    },
    leave(owner: number): void {
      m.leases[owner] = Math.min(m.leases[owner]!, m.now)
    },
    admit(request: AdmitIn) {
      const answer = admit(m, request)
      forget(m)
      return answer
    },
    lookAt: (...args: Rest<typeof lookAt>) => lookAt(m, ...args),
    complete: (...args: Rest<typeof complete>) => complete(m, ...args),
    park: (...args: Rest<typeof park>) => park(m, ...args),
    resume: (owner: number) => (alive(m, owner) ? resume(m, owner) : []),
    due(owner: number) {
      if (!alive(m, owner)) return []
      const work = [...entriesDue(m, owner), ...groupsDue(m, owner), ...timeoutsDue(m, owner)]
      forget(m)
      return work.map(admissionOf)
    },
    flush: (...args: Rest<typeof flush>) => flush(m, ...args),
    moveByHand: (tenant: string, fingerprint: string, to: string, owner: number) =>
      alive(m, owner) ? moveByHand(m, tenant, fingerprint, to, owner) : NOT_OWNER,
    redeliver: (id: string, owner: number) => (alive(m, owner) ? redeliver(m, id, owner) : NOT_OWNER),
    discard(id: string) {
      const found = m.letters.delete(id)
      forget(m)
      return found ? { kind: 'done' } : { kind: 'conflict', version: null }
    },
  }
}
export type Model = ReturnType<typeof createModel>
type Rest<F> = F extends (m: Remembered, ...rest: infer R) => unknown ? R : never

const NOT_OWNER = { kind: 'not_owner' }

interface AdmitIn {
  owner: number
  tenant: string
  space: string
  id: string
  body: string
  plan: Plan
  lane: string | null
  /** The fence of a due scheduled action that was planned anew. */
  continues?: number
}

function admit(m: Remembered, request: AdmitIn) {
  const { owner, tenant, space, id, body, plan, lane, continues } = request
  const name = nameOf(tenant, space, id)
  if (!alive(m, owner)) return NOT_OWNER
  const known = m.entries.get(name)
  if (continues !== undefined) {
    if (!isOpen(m, name) || known!.owner !== owner || known!.fence !== continues) return { kind: 'replaced' }
  } else if (known !== undefined) {
    if (known.body !== body) return { kind: 'id_reused' }
    const { outcome, dispatched_at } = known
    if (isOpen(m, name)) return { kind: 'in_progress', try: known.try, outcome }
    if (known.status === 'scheduled' || !asksToBeTriedAgain(outcome!))
      return { kind: 'replayed', try: known.try, outcome, dispatched_at }
  }
  const begin = (): Entry =>
    continues === undefined
      ? open(m, { tenant, space, id, body, plan, owner, lane, origin: 'dispatch' })
      : Object.assign(known!, { plan, origin: known!.origin.replace('unplanned', 'planned') })
  const settled = (outcome: Outcome, follow: Entry[] = []) => {
    const entry = begin()
    settle(m, entry, outcome)
    const { try: nth, dispatched_at } = entry
    return { kind: 'settled', outcome, try: nth, dispatched_at, follow: follow.map(admissionOf) }
  }

  const { ending } = plan
  if (ending?.kind === 'answer') return settled(ending.outcome)
  const refusal = refuse(m, plan, name, id)
  if (refusal !== null) return settled(refusal)
  if (ending?.kind === 'transition' && decide(m, tenant, ending).kind === 'invalid_status')
    return settled({ type: 'Failed', code: 'INVALID_STATUS', message: '', retryable: false, attempts: 0 })
  for (const gate of plan.gates) take(m, gate, name)
  if (ending === null) {
    const entry = begin()
    if (enterLane(m, entry)) return { kind: 'deliver', admission: admissionOf(entry) }
    return { kind: 'queued', try: entry.try, fence: entry.fence, dispatched_at: entry.dispatched_at }
  }
  if (ending.kind === 'group') {
    const { outcome, sealed } = joinGroup(m, tenant, ending, id, owner)
    return settled(outcome, sealed)
  }
  if (ending.kind === 'transition') {
    const { outcome, sending } = applyStatus(m, tenant, ending, id, owner)
    return settled(outcome, sending)
  }
  const due_at = ending.at_ms ?? m.now + ending.delay_ms!
  const answer = settled({ type: 'Scheduled', action_id: id, scheduled_for: new Date(due_at).toISOString() })
  Object.assign(m.entries.get(name)!, { status: 'scheduled', due_at })
  return answer
}

/** What the first gate that refuses says; a refusing key counts the duplicate. */
function refuse(m: Remembered, { gates }: Plan, name: string, id: string): Outcome | null {
  for (const gate of gates) {
    const looked = lookAt(m, gate, name)
    if (looked.would === 'pass') continue
    if (gate.kind === 'window') {
      const { retry_after_ms } = looked as { retry_after_ms: number }
      return { type: 'Throttled', retry_after: toWireDuration(retry_after_ms), rule: gate.rule }
    }
    const { duplicates } = m.keys.get(gate.key)!
    if (duplicates !== null) {
      duplicates.count++
      duplicates.last.push(id)
    }
    return { type: 'Deduplicated' }
  }
  return null
}
