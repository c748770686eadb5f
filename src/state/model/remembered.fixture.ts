import type { Outcome } from '../../action/outcome.js'
import type { GroupEnding, MachineTable, Plan, ReservationGate, TransitionEnding } from '../plan.js'

/** What the model remembers: Maps, and nothing that is derived from them. */
export interface Remembered {
  now: number
  idRetentionMs: number
  /** The one machine that its events live by. */
  machine: MachineTable
  /** Owner → end of its lease. */
  leases: number[]
  entries: Map<string, Entry>
  keys: Map<string, HeldKey>
  /** Key → who held it last. */
  lastHolder: Map<string, string>
  /** Window → when actions passed it. */
  passed: Map<string, number[]>
  /** Lane → its open entries, in order. */
  lanes: Map<string, string[]>
  lastOfLane: Map<string, string>
  groups: Map<string, Group>
  events: Map<string, Event>
  letters: Map<string, Letter>
  /** One line for each audit entry. */
  records: string[]
}

/** Entries are named by text (`tenant/space/id`); fences and owners are counted from 1 and 0. */
export interface Entry {
  name: string
  tenant: string
  id: string
  body: string
  try: number
  fence: number
  status: 'running' | 'queued' | 'parked' | 'scheduled' | 'settled'
  owner: number | null
  dispatched_at: number
  due_at: number | null
  settled_at: number | null
  outcome: Outcome | null
  plan: Plan
  /** What it came from, in one line. */
  origin: string
  attempts: number
  takeovers: number
  lane: string | null
  letter: string | null
}

/** Null: whether they are still known is the store's affair, since the key was not held for a while. */
export type Duplicates = { count: number; last: string[] } | null
export interface HeldKey {
  holder: string
  until: number
  gate: ReservationGate
  duplicates: Duplicates
}
export interface Letter {
  id: string
  name: string
  try: number
  plan: Plan
  lane: string | null
  origin: string
  duplicates: Duplicates
}
export interface Member {
  id: string
  received_at: number
}
export interface Group {
  tenant: string
  ending: GroupEnding
  waiting: Member[]
  generation: number
  notified: boolean
  notify_at: number
  last: Member[]
}
export interface Event {
  tenant: string
  fingerprint: string
  state: string
  occurrence: number
  version: number
  opened_at: number
  updated_at: number
  last_seen_at: number
  count: number
  timeout: { at: number; to: string; notify: boolean } | null
  closed_at: number | null
  newest: TransitionEnding
  action_type: string
  labels: Record<string, string>
  last_action_id: string
  history: string[]
}

export const nameOf = (tenant: string, space: string, id: string): string => `${tenant}/${space}/${id}`
export const idOf = (name: string): string => name.split('/').slice(2).join('/')

export const alive = (m: Remembered, owner: number): boolean => (m.leases[owner] ?? 0) > m.now
export const isOpen = (m: Remembered, name: string): boolean =>
  ['running', 'queued', 'parked'].includes(m.entries.get(name)?.status ?? '')
export const record = (m: Remembered, type: Outcome['type']): unknown => m.records.push(`${type}@${m.now}`)

/** Forgets what is past its time, as if it had never been. */
export function forget(m: Remembered): void {
  for (const [name, { status, settled_at, letter }] of m.entries)
    // While its dead letter is kept, an id must be known: the next try counts on.
    if (status === 'settled' && settled_at! + m.idRetentionMs <= m.now && !m.letters.has(letter ?? ''))
      m.entries.delete(name)
  for (const [key, { closed_at }] of m.events)
    if (closed_at !== null && closed_at + m.machine.retention_ms <= m.now) m.events.delete(key)
  for (const [key, { until, holder }] of m.keys) if (until <= m.now && !isOpen(m, holder)) m.keys.delete(key)
}
