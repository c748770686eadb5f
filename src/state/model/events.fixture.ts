import type { Outcome } from '../../action/outcome.js'
import type { TransitionEnding } from '../plan.js'
import { decideTransition } from '../transition.js'
import { admissionOf, enterLane, open } from './entries.fixture.js'
import { record, type Entry, type Event, type Remembered } from './remembered.fixture.js'

export function decide(m: Remembered, tenant: string, { fingerprint, status }: TransitionEnding) {
  const event = m.events.get(`${tenant}/${fingerprint}`)
  if (event === undefined) return decideTransition(null, m.machine, status)
  return decideTransition(
    { machine: m.machine.name, state: event.state, closed: event.closed_at !== null },
    m.machine,
    status,
  )
}

/** Applies a status that can be: opens, moves, or counts a repetition. */
export function applyStatus(m: Remembered, tenant: string, ending: TransitionEnding, id: string, owner: number) {
  const { fingerprint } = ending
  const key = `${tenant}/${fingerprint}`
  const decision = decide(m, tenant, ending)
  if (decision.kind === 'open') {
    const before = m.events.get(key)
    m.events.set(key, {
      tenant,
      fingerprint,
      state: '',
      occurrence: (before?.occurrence ?? 0) + 1,
      version: before?.version ?? 0,
      history: before?.history ?? [],
      opened_at: m.now,
      updated_at: m.now,
      last_seen_at: m.now,
      count: 0,
      timeout: null,
      closed_at: null,
      newest: ending,
      action_type: ending.action_type,
      labels: ending.labels,
      last_action_id: id,
    })
  }
  const event = m.events.get(key)!
  Object.assign(event, { last_seen_at: m.now, newest: ending, count: event.count + 1, last_action_id: id })
  const previous_state = decision.kind === 'open' ? null : event.state
  const notify = (decision.kind === 'open' || decision.kind === 'move') && decision.notify
  const sending = decision.kind === 'open' || decision.kind === 'move' ? move(m, event, decision.to, notify, owner) : []
  if (decision.kind === 'repeat') restartTimeout(m, event)
  const { state: new_state, version, occurrence } = event
  const outcome: Outcome = { type: 'StateChanged', fingerprint, previous_state, new_state, notify, version, occurrence }
  return { outcome, sending }
}

function restartTimeout(m: Remembered, event: Event): void {
  const { timeout } = m.machine.states[event.state]!
  if (event.timeout !== null && timeout?.restart_on_repeat === true) event.timeout.at = m.now + timeout.after_ms
}

/** One more version; what is to be sent now, unless earlier notifications of the event are still open. */
function move(m: Remembered, event: Event, to: string, notify: boolean, owner: number): Entry[] {
  const from = event.state === '' ? null : event.state
  const { timeout, final } = m.machine.states[to]!
  event.version++
  event.history.push(`${event.version}/${event.occurrence}: ${from} → ${to} @${m.now}`)
  event.state = to
  event.updated_at = m.now
  event.closed_at = final ? m.now : null
  event.timeout = timeout === null ? null : { at: m.now + timeout.after_ms, to: timeout.to, notify: timeout.notify }
  if (!notify) return []
  const { tenant, fingerprint, version, opened_at, newest } = event
  const id = `notify:${fingerprint}:${opened_at}:${version}`
  const origin = `notification ${version}: ${from} → ${to}`
  const lane = `event of ${tenant}: ${fingerprint}`
  const entry = open(m, { tenant, space: 'derived', id, plan: newest.deliver, owner, lane, origin })
  return enterLane(m, entry) ? [entry] : []
}

export const timeoutsDue = (m: Remembered, owner: number): Entry[] =>
  [...m.events.values()].flatMap((event) => {
    if (event.timeout === null || event.timeout.at > m.now) return []
    record(m, 'StateChanged')
    return move(m, event, event.timeout.to, event.timeout.notify, owner)
  })

export function moveByHand(m: Remembered, tenant: string, fingerprint: string, to: string, owner: number) {
  const event = m.events.get(`${tenant}/${fingerprint}`)
  if (event === undefined) return { kind: 'unknown' }
  const previous_state = event.state
  const moved = { kind: 'moved', previous_state, new_state: to }
  if (to === previous_state) return { ...moved, notify: false, version: event.version, follow: [] }
  const allowed = m.machine.states[previous_state]!.to
  if (!Object.hasOwn(allowed, to)) return { kind: 'not_allowed', state: previous_state, allowed: Object.keys(allowed) }
  const { notify } = allowed[to]!
  record(m, 'StateChanged')
  const follow = move(m, event, to, notify, owner).map(admissionOf)
  return { ...moved, notify, version: event.version, follow }
}
