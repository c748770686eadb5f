import type { Shape } from '../../api/client.ts'
import { age, plural } from '../../lib/formats.ts'

export type Group = Shape['Group']

/** What its members have in common, else its key. */
export const titleOf = ({ labels, group_key, rule, action_type }: Group): string => {
  const values = Object.values(labels)
    // Its type stands beside it anyway.
    .filter((value) => value !== action_type)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return values.length === 0 ? (group_key === '' ? rule : group_key) : values.join(', ')
}

/** Those that go out first come first. */
export const inOrder = (groups: Group[]): Group[] =>
  groups.toSorted((a, b) => Date.parse(a.notify_at) - Date.parse(b.notify_at))

/** The sentence of the page. */
export function sentenceOf(groups: Group[], nowMs: number): string {
  const members = groups.reduce((sum, { event_count }) => sum + event_count, 0)
  const next = inOrder(groups)[0]!
  return `${plural(members, 'action')} ${members === 1 ? 'waits' : 'wait'} in ${plural(groups.length, 'group')}; the next goes out ${whenOf(next, nowMs)}.`
}

/** `in 4 min`, or that it is due. */
export function whenOf({ notify_at }: Group, nowMs: number): string {
  const left = Date.parse(notify_at) - nowMs
  return left <= 0 ? 'now' : `in ${age(left)}`
}

/** How much of its time is over, 0 to 1. */
export function partOf({ created_at, notify_at }: Group, nowMs: number): number {
  const began = Date.parse(created_at)
  const whole = Date.parse(notify_at) - began
  return whole <= 0 ? 1 : Math.min(1, Math.max(0, (nowMs - began) / whole))
}

/** The id of a member; undefined: it has none that is shown. */
export function memberId(member: unknown): string | undefined {
  const { id } = (typeof member === 'object' && member !== null ? member : {}) as { id?: unknown }
  return typeof id === 'string' ? id : undefined
}
