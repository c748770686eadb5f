import type { Shape } from '../../api/client.ts'
import { isUnowned } from '../../api/queries.ts'
import { age, plural } from '../../lib/formats.ts'

export type Event = Shape['Event']

/** A state machine as the configuration shows it: its states with where each may lead. */
export interface Machine {
  name: string
  states: Record<string, { to: Record<string, unknown>; final: boolean }>
}

/** Reads the state machines out of the configuration that runs; none where it is not shown. */
export function machinesOf(config: unknown): Machine[] {
  const list = (config as { state_machines?: unknown } | null)?.state_machines
  return Array.isArray(list) ? (list as Machine[]) : []
}

/** What it is about: the type of its actions and the labels that tell it from others. */
export function titleOf(event: Event): string {
  const { type, subject } = namesOf(event)
  return `${type} ${subject}`
}

/** The same in its two parts. */
export function namesOf({ action_type, labels, fingerprint }: Event): { type: string; subject: string } {
  const values = Object.values(labels).filter((value) => value !== action_type)
  return { type: action_type ?? 'Event', subject: values.join(', ') || fingerprint.slice(0, 8) }
}

/** Who has it: a person or program that moved it by hand; time alone gives it no owner. */
export function ownerOf(event: Event): string {
  if (!isUnowned(event)) return `by ${event.changed_by}`
  return event.changed_by === 'timeout' ? 'nobody in time' : 'nobody yet'
}

const VERBS: Readonly<Record<string, string>> = {
  acknowledged: 'Acknowledge',
  investigating: 'Investigate',
  resolved: 'Resolve',
  closed: 'Close',
}
/** What a button calls a move: `Acknowledge`, `Move to parked`. */
export const verbOf = (to: string): string => VERBS[to] ?? `Move to ${to}`

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info']
/** 3 bars for what is worst, 0 for what says nothing. */
export const barsOf = (severity: string | null): number =>
  severity === null ? 0 : ({ critical: 3, high: 3, medium: 2, warning: 2, low: 1, info: 1 }[severity] ?? 1)
const rankOf = (severity: string | null): number => {
  const at = SEVERITIES.indexOf(severity ?? '')
  return at < 0 ? SEVERITIES.length : at
}

/** The worst first, then what has been in its state for longest. */
export const inOrder = (events: Event[]): Event[] =>
  events.toSorted((a, b) => rankOf(a.severity) - rankOf(b.severity) || sinceOf(a) - sinceOf(b))

/** Since when it is in its state, Unix milliseconds. */
export const sinceOf = ({ updated_at, opened_at }: Event): number => Date.parse(updated_at ?? opened_at)

/** Its place in the address: the same fingerprint may be in several namespaces. */
export const addressOf = ({ fingerprint, tenant, namespace }: Event): Record<string, string> => ({
  open: fingerprint,
  tenant,
  ns: namespace,
})
export const NOWHERE = { open: undefined, tenant: undefined, ns: undefined }

/** Which event an address means; without tenant and namespace the first with the fingerprint. */
export const openOf = (events: Event[], search: Record<string, string>): Event | undefined =>
  events.find(
    ({ fingerprint, tenant, namespace }) =>
      fingerprint === search['open'] &&
      (search['tenant'] === undefined || tenant === search['tenant']) &&
      (search['ns'] === undefined || namespace === search['ns']),
  )
export const keyOf = ({ tenant, namespace, fingerprint }: Event): string => `${tenant} ${namespace} ${fingerprint}`

export interface Column {
  state: string
  /** Whether nothing more is expected there. */
  closed: boolean
  events: Event[]
}

/** One column per state, in the order of the machines; a state that only events know comes last. */
export function columnsOf(events: Event[], machines: Machine[]): Column[] {
  const used = machines.filter(({ name }) => events.some(({ state_machine }) => state_machine === name))
  const states = new Set([...used.flatMap(({ states: of }) => Object.keys(of)), ...events.map(({ state }) => state)])
  const columns = [...states].map((state) => {
    const inside = events.filter((event) => event.state === state)
    const closed =
      used.some(({ states: of }) => of[state]?.final === true) ||
      (inside.length > 0 && inside.every(({ active }) => !active))
    return { state, closed, events: closed ? inside.toSorted((a, b) => sinceOf(b) - sinceOf(a)) : inOrder(inside) }
  })
  return [...columns.filter(({ closed }) => !closed), ...columns.filter(({ closed }) => closed)]
}

export interface Move {
  to: string
  /** Why it cannot be done. */
  refused: string | undefined
}

/**
 * Where an event may go: each state of its machine but its own. Where the machine is not known, each state that was
 * seen, and the server decides.
 */
export function movesOf(event: Event, machines: Machine[], seen: string[], refused: string | undefined): Move[] {
  const machine = machines.find(({ name }) => name === event.state_machine)
  if (machine === undefined) return seen.filter((state) => state !== event.state).map((to) => ({ to, refused }))
  const from = machine.states[event.state]
  const allowed = Object.keys(from?.to ?? {})
  return Object.keys(machine.states)
    .filter((to) => to !== event.state)
    .map((to) => ({
      to,
      refused:
        refused ??
        (allowed.includes(to)
          ? undefined
          : allowed.length === 0
            ? `From ${event.state} nothing leads on; the next action opens it anew.`
            : `${machine.name} does not lead from ${event.state} to ${to}; it leads to ${allowed.join(', ')}.`),
    }))
}

/** The sentence of the page: who is needed, and for how long. */
export function sentenceOf(events: Event[], nowMs: number): string {
  const active = events.filter((event) => event.active)
  const untouched = active.filter(isUnowned)
  const oldest = (list: Event[]): string => age(nowMs - Math.min(...list.map(sinceOf)))
  if (untouched.length > 0)
    return `${plural(untouched.length, 'event')} ${untouched.length === 1 ? 'needs' : 'need'} an owner. The oldest has been ${untouched.toSorted((a, b) => sinceOf(a) - sinceOf(b))[0]!.state} for ${oldest(untouched)}.`
  if (active.length > 0)
    return `${plural(active.length, 'event')} ${active.length === 1 ? 'is' : 'are'} open, and somebody moved each of them.`
  return `Nothing is open. ${plural(events.length, 'event')} ${events.length === 1 ? 'is' : 'are'} over.`
}

/** How far its time in this state has run, 0 to 1, and what comes then; undefined without a timeout. */
export function dueOf(event: Event, nowMs: number): { part: number; text: string } | undefined {
  const { next_timeout: next } = event
  if (next === null) return undefined
  const at = Date.parse(next.at)
  const began = sinceOf(event)
  if (at <= nowMs) return { part: 1, text: `${next.to} is overdue for ${age(nowMs - at)}` }
  return {
    part: Math.min(1, Math.max(0, (nowMs - began) / (at - began))),
    text: `becomes ${next.to} in ${age(at - nowMs)}`,
  }
}

/** Who made a step of its history, in words. */
export function byOf({ action, caller, comment, timeout }: Shape['HistoryEntry']['by']): string {
  if (timeout !== undefined) return 'because its time ran out'
  if (caller !== undefined) return `by ${caller}${comment === undefined ? '' : `: ${comment}`}`
  return action === undefined ? '' : `by action ${action}`
}
