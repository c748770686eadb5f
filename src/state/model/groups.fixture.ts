import type { Outcome } from '../../action/outcome.js'
import type { GroupEnding } from '../plan.js'
import { admissionOf, open, type ModelAdmission } from './entries.fixture.js'
import type { Entry, Group, Remembered } from './remembered.fixture.js'

export function joinGroup(m: Remembered, tenant: string, ending: GroupEnding, id: string, owner: number) {
  const key = `${tenant}/${ending.group_key}`
  const known = m.groups.get(key)
  const opened = {
    tenant,
    ending,
    waiting: [],
    generation: 0,
    notified: false,
    notify_at: m.now + ending.wait_ms,
    last: [],
  }
  const group: Group = known ?? opened
  m.groups.set(key, group)
  group.waiting.push({ id, received_at: m.now })
  const { group_id, group_key, max_size } = group.ending
  const group_size = group.waiting.length
  const outcome: Outcome = { type: 'Grouped', group_id, group_key, group_size, notify_at: '' }
  return { outcome, sealed: group_size >= max_size ? [seal(m, group, 'size', owner)] : [] }
}

function seal(m: Remembered, group: Group, reason: string, owner: number): Entry {
  const { ending, tenant } = group
  group.last = reason === 'repeat' ? group.last : group.waiting
  group.waiting = []
  group.generation++
  group.notified = true
  group.notify_at = m.now + ending.interval_ms
  if (ending.interval_ms === 0) m.groups.delete(`${tenant}/${ending.group_key}`)
  const origin = `flush ${reason} of ${group.last.map(({ id, received_at }) => `${id}@${received_at}`).join()}`
  const id = `flush:${ending.group_id}:${group.generation}`
  return open(m, { tenant, space: 'derived', id, plan: ending.deliver, owner, lane: null, origin })
}

/** Here a reminder, where one is asked for, is due with each interval. */
export const groupsDue = (m: Remembered, owner: number): Entry[] =>
  [...m.groups].flatMap(([key, group]) => {
    if (group.notify_at > m.now) return []
    if (group.waiting.length > 0) return [seal(m, group, group.notified ? 'interval' : 'wait', owner)]
    if (group.ending.repeat_ms !== null) return [seal(m, group, 'repeat', owner)]
    m.groups.delete(key)
    return []
  })

export function flush(m: Remembered, tenant: string, group_key: string, owner: number): ModelAdmission | null {
  const group = m.groups.get(`${tenant}/${group_key}`)
  if (group === undefined || group.waiting.length === 0) return null
  return admissionOf(seal(m, group, 'manual', owner))
}
