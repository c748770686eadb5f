import type { Outcome } from '../../action/outcome.js'
import type { Gate } from '../plan.js'
import {
  alive,
  forget,
  idOf,
  nameOf,
  record,
  type Duplicates,
  type Entry,
  type Remembered,
} from './remembered.fixture.js'

/** What an admission says of its entry. */
export const admissionOf = (entry: Entry) => ({
  name: entry.name,
  try: entry.try,
  fence: entry.fence,
  owner: entry.owner!,
  dispatched_at: entry.dispatched_at,
  payload: entry.plan.action.payload,
  origin: entry.origin,
  attempts: entry.attempts,
  takeovers: entry.takeovers,
})
export type ModelAdmission = ReturnType<typeof admissionOf>

// ── gates ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function lookAt(m: Remembered, gate: Gate, name: string | null) {
  if (gate.kind === 'reservation') {
    const held = m.keys.get(gate.key)
    if (held === undefined || held.holder === name) return { would: 'pass' as const }
    return { would: 'refuse' as const, holder: idOf(held.holder) }
  }
  const recent = (m.passed.get(gate.key) ?? []).filter((at) => at + gate.window_ms > m.now)
  // After a reload that lowered the limit more may have passed; a store need not count beyond what decides.
  const counted = { used: Math.min(recent.length, gate.limit), limit: gate.limit }
  if (recent.length < gate.limit) return { would: 'pass' as const, ...counted }
  return { would: 'refuse' as const, ...counted, retry_after_ms: recent.at(-gate.limit)! + gate.window_ms - m.now }
}

/** Takes a free key, or its own anew: then it goes on counting its duplicates. */
export function take(m: Remembered, gate: Gate, name: string): void {
  if (gate.kind === 'window') {
    m.passed.set(gate.key, [...(m.passed.get(gate.key) ?? []), m.now])
    return
  }
  const own = m.keys.get(gate.key)
  const regained = own === undefined && m.lastHolder.get(gate.key) === name
  const duplicates = own !== undefined ? own.duplicates : regained ? null : { count: 0, last: [] }
  m.keys.set(gate.key, { holder: name, until: m.now + gate.ttl_ms, gate, duplicates })
  m.lastHolder.set(gate.key, name)
}

// ── the life of an entry ───────────────────────────────────────────────────────────────────────────────────────────

type Fresh = Pick<Entry, 'tenant' | 'id' | 'plan' | 'origin' | 'lane'> & { space: string; owner: number; body?: string }

/** Opens an id, or its next try. */
export function open(m: Remembered, { space, body = '', ...fresh }: Fresh): Entry {
  const name = nameOf(fresh.tenant, space, fresh.id)
  const before = m.entries.get(name)
  if (before?.letter != null) m.letters.delete(before.letter)
  const entry: Entry = {
    ...fresh,
    name,
    body,
    try: (before?.try ?? 0) + 1,
    fence: (before?.fence ?? 0) + 1,
    status: 'running',
    dispatched_at: m.now,
    due_at: null,
    settled_at: null,
    outcome: null,
    attempts: 0,
    takeovers: 0,
    letter: null,
  }
  m.entries.set(name, entry)
  return entry
}

/** Puts an open entry at the end of its lane; true when it may go out now. */
export function enterLane(m: Remembered, entry: Entry): boolean {
  if (entry.lane === null) return true
  const lane = m.lanes.get(entry.lane) ?? []
  m.lanes.set(entry.lane, [...lane, entry.name])
  m.lastOfLane.set(entry.lane, entry.name)
  if (lane.length === 0) return true
  entry.status = 'queued'
  entry.owner = null
  return false
}

/** Takes an entry out of its lane; who goes next, now. */
function advance(m: Remembered, entry: Entry, owner: number): Entry[] {
  if (entry.lane === null) return []
  const before = m.lanes.get(entry.lane)!
  const rest = before.filter((name) => name !== entry.name)
  m.lanes.set(entry.lane, rest)
  const next = m.entries.get(rest[0] ?? '')
  if (before[0] !== entry.name || next === undefined) return []
  return [Object.assign(next, { status: 'running', owner, fence: next.fence + 1 })]
}

export function settle(m: Remembered, entry: Entry, outcome: Outcome): void {
  Object.assign(entry, { status: 'settled', owner: null, due_at: null, settled_at: m.now, outcome })
  record(m, outcome.type)
}

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0)

interface Acting {
  owner: number
  name: string
  fence: number
}

export function complete(
  m: Remembered,
  request: Acting & { unowned: boolean; outcome: Outcome; letter: string | null },
) {
  const { owner, name, fence, unowned, outcome, letter } = request
  const entry = m.entries.get(name)
  const ours = unowned ? entry?.owner === null && entry.status !== 'settled' : entry?.owner === owner
  if (entry === undefined || !ours || entry.fence !== fence) return { kind: 'replaced' }
  const mine = [...m.keys].filter(([, { holder }]) => holder === name)
  const asked = entry.plan.gates.map(({ key }) => key)
  // A scheduled action's key may have run out; a key kept by an earlier try may be none that this one asked for.
  const unsure = entry.status === 'scheduled' || (entry.try > 1 && mine.some(([key]) => !asked.includes(key)))
  const counted = mine.map(([, held]) => held.duplicates)
  const duplicates: Duplicates =
    unsure || counted.includes(null)
      ? null
      : { count: sum(counted.map((each) => each!.count)), last: counted.flatMap((each) => each!.last) }
  const failed = outcome.type === 'CircuitOpen' || (outcome.type === 'Failed' && outcome.code !== 'OUTCOME_UNKNOWN')
  for (const [key, { gate }] of mine)
    if (failed && gate.on_failure === 'release') {
      m.keys.delete(key)
      m.lastHolder.delete(key)
    }
  entry.fence++
  settle(m, entry, outcome)
  if (letter !== null) {
    entry.letter = letter
    const { plan, lane, origin } = entry
    m.letters.set(letter, { id: letter, name, try: entry.try, plan, lane, origin, duplicates })
  }
  forget(m)
  const follow = advance(m, entry, owner).map(admissionOf)
  return { kind: 'done', completed_at: m.now, follow, ...(duplicates !== null && { duplicates }) }
}

export function park(m: Remembered, request: Acting & { delay_ms: number; attempts: number; outcome: Outcome | null }) {
  const { owner, name, fence, delay_ms, attempts, outcome } = request
  const entry = m.entries.get(name)
  if (entry === undefined || entry.owner !== owner || entry.fence !== fence) return { kind: 'replaced' }
  const due_at = m.now + delay_ms
  Object.assign(entry, { status: 'parked', owner: null, fence: fence + 1, due_at, attempts, outcome })
  return { kind: 'parked', due_at }
}

export function resume(m: Remembered, owner: number): ModelAdmission[] {
  const taken = [...m.entries.values()].filter((entry) => entry.owner !== null && !alive(m, entry.owner))
  for (const entry of taken) Object.assign(entry, { owner, fence: entry.fence + 1, takeovers: entry.takeovers + 1 })
  return taken.map(admissionOf)
}

/** Takes parked retries, and opens what scheduled actions become. */
export function entriesDue(m: Remembered, owner: number): Entry[] {
  return [...m.entries.values()].flatMap((entry) => {
    if (entry.due_at === null || entry.due_at > m.now) return []
    entry.fence++
    entry.due_at = null
    if (entry.status === 'parked') return [Object.assign(entry, { status: 'running', owner })]
    entry.status = 'settled'
    const origin = `schedule of ${entry.id}, unplanned`
    const { tenant, plan } = entry
    const opened = open(m, { tenant, space: 'derived', id: `due:${entry.id}`, plan, owner, lane: null, origin })
    for (const [key, held] of m.keys)
      if (held.holder === entry.name) {
        held.holder = opened.name
        m.lastHolder.set(key, opened.name)
      }
    return [opened]
  })
}

// ── dead letters ───────────────────────────────────────────────────────────────────────────────────────────────────

export function redeliver(m: Remembered, id: string, owner: number) {
  const letter = m.letters.get(id)
  if (letter === undefined) return { kind: 'conflict', version: null }
  if (letter.lane !== null && m.lastOfLane.get(letter.lane) !== letter.name) return { kind: 'superseded' }
  const reservations = letter.plan.gates.filter((gate) => gate.kind === 'reservation')
  for (const gate of reservations) {
    const looked = lookAt(m, gate, letter.name)
    if (looked.would === 'refuse') return { kind: 'held', holder: (looked as { holder: string }).holder }
  }
  const { tenant, id: actionId, body } = m.entries.get(letter.name)!
  const { plan, origin, lane } = letter
  const space = letter.name.split('/')[1]!
  const entry = open(m, { tenant, space, id: actionId, body, plan, origin, lane, owner })
  for (const gate of reservations) take(m, gate, entry.name)
  return enterLane(m, entry)
    ? { kind: 'deliver', admission: admissionOf(entry) }
    : { kind: 'queued', try: entry.try, fence: entry.fence }
}
