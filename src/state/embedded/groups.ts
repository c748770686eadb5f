import type { Outcome } from '../../action/outcome.js'
import type { GroupEnding, Plan } from '../plan.js'
import {
  MAX_BATCH_BYTES,
  type Admission,
  type AdmitRequest,
  type Batch,
  type BatchMember,
  type DispatchContext,
  type EntryKey,
  type GroupView,
  type List,
  type Op,
  type Page,
  type Scope,
} from '../store.js'
import { freshDerivedKey, inId, newEntry } from './entries.js'
import { addFrame } from './frames.js'
import { parsed } from './json.js'
import { inScope, pageOf } from './lists.js'
import { packed } from './sql.js'
import { nextSeq, type Step } from './step.js'
import { admissionOf, insertWork, RUNNING, workAt } from './work.js'

/** An open group. Its terms are those of the member that opened it. */
export interface GroupRow {
  id: number
  namespace: string
  tenant: string
  group_id: string
  group_key: string
  rule: string
  provider: string
  action_type: string
  labels: string
  interval_ms: number
  repeat_ms: number | null
  max_size: number
  /** Batches that were sealed. */
  generation: number
  due_at: number
  created_at: number
  flushed_at: number | null
  /** Members that wait, and the bytes of their texts. */
  count: number
  bytes: number
  /** Labels that all who wait share; null: nobody waits. */
  shared_labels: string | null
}

const rowOf = ({ sql }: Step, { tenant, namespace }: EntryKey, { key }: GroupEnding): GroupRow | undefined =>
  sql.get<GroupRow>('SELECT * FROM grp WHERE key = ? AND tenant = ? AND namespace = ?', packed(key), tenant, namespace)

export const opensGroup = (step: Step, key: EntryKey, ending: GroupEnding): boolean =>
  rowOf(step, key, ending) === undefined

/** Appends an action to its group, and seals what the group has collected when that is enough. */
export function joinGroup(
  step: Step,
  { key, owner }: AdmitRequest,
  ending: GroupEnding,
): { outcome: Outcome; follow: Admission[]; links: { group: string } } {
  const { sql, now } = step
  const group = rowOf(step, key, ending) ?? open(step, key, ending)
  sql.run('INSERT INTO member VALUES (?, ?, ?, ?, ?)', nextSeq(step), group.id, key.id, now, ending.member)
  const shared =
    group.shared_labels === null
      ? ending.member_labels
      : common(parsed<Record<string, string>>(group.shared_labels), ending.member_labels)
  group.count++
  group.bytes += Buffer.byteLength(ending.member)
  group.shared_labels = JSON.stringify(shared)
  sql.run(
    'UPDATE grp SET count = ?, bytes = ?, shared_labels = ? WHERE id = ?',
    group.count,
    group.bytes,
    group.shared_labels,
    group.id,
  )
  const { group_id, group_key, count: group_size } = group
  addFrame(step, 'group_event_added', group, {
    action_type: group.action_type,
    action_id: key.id,
    group_id,
    group_key,
    event_count: group_size,
  })
  const isFull = group.count >= group.max_size || group.bytes >= MAX_BATCH_BYTES
  const notify_at = new Date(isFull ? now : group.due_at).toISOString()
  return {
    outcome: { type: 'Grouped', group_id, group_key, group_size, notify_at },
    follow: isFull ? [seal(step, group, 'size', owner)] : [],
    links: { group: group_id },
  }
}

function open(step: Step, scope: { namespace: string; tenant: string }, ending: GroupEnding): GroupRow {
  const { sql, tally, now } = step
  const { deliver, draft } = ending
  const group: GroupRow = {
    id: nextSeq(step),
    namespace: scope.namespace,
    tenant: scope.tenant,
    group_id: ending.group_id,
    group_key: ending.group_key,
    rule: ending.rule,
    provider: deliver.action.provider,
    action_type: deliver.action.action_type,
    labels: JSON.stringify(ending.labels),
    interval_ms: ending.interval_ms,
    repeat_ms: ending.repeat_ms,
    max_size: ending.max_size,
    generation: 0,
    due_at: now + ending.wait_ms,
    created_at: now,
    flushed_at: null,
    count: 0,
    bytes: 0,
    shared_labels: null,
  }
  sql.run(
    `INSERT INTO grp (id, key, namespace, tenant, group_id, group_key, rule, provider, action_type, labels, interval_ms,
      repeat_ms, max_size, generation, due_at, created_at, count, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, 0)`,
    group.id,
    packed(ending.key),
    group.namespace,
    group.tenant,
    group.group_id,
    group.group_key,
    group.rule,
    group.provider,
    group.action_type,
    group.labels,
    group.interval_ms,
    group.repeat_ms,
    group.max_size,
    group.due_at,
    now,
  )
  const { caller_id, auth_method, trace_id } = draft
  const context: DispatchContext = { caller_id, auth_method, trace_id }
  sql.run('INSERT INTO grp_terms VALUES (?, ?, ?, NULL)', group.id, JSON.stringify(deliver), JSON.stringify(context))
  tally.add('groups', group.tenant, 1)
  return group
}

const common = (a: Record<string, string>, b: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(a).filter(([name, value]) => Object.hasOwn(b, name) && b[name] === value))

/** Freezes what has been collected into one derived action of the owner's; the group goes on for its interval, or closes. */
function seal(step: Step, group: GroupRow, reason: Batch['reason'], owner: number): Admission {
  const { sql, now } = step
  const terms = sql.get<{ deliver: string; context: string; last_batch: string | null }>(
    'SELECT deliver, context, last_batch FROM grp_terms WHERE id = ?',
    group.id,
  )!
  const generation = group.generation + 1
  const collected = reason === 'repeat' ? parsed<Collected>(terms.last_batch!) : collect(step, group)
  const batch: Batch = {
    group_id: group.group_id,
    group_key: group.group_key,
    generation,
    rule: group.rule,
    labels: parsed<Record<string, unknown>>(group.labels),
    shared_labels: collected.shared_labels,
    first_at: collected.members[0]!.received_at,
    last_at: collected.members.at(-1)!.received_at,
    flushed_at: now,
    reason,
    members: collected.members,
  }
  const key = freshDerivedKey(step, group, `flush:${inId(group.group_id)}:${generation}`)
  const entry = newEntry(step, key, '')
  insertWork(step, entry, {
    status: RUNNING,
    owner,
    fence: 1,
    idempotency_key: key.id,
    context: parsed<DispatchContext>(terms.context),
    origin: { kind: 'flush', batch },
    plan: parsed<Plan>(terms.deliver),
  })
  const { action_type, group_id, group_key } = group
  addFrame(step, 'group_flushed', group, {
    action_type,
    action_id: key.id,
    group_id,
    group_key,
    event_count: batch.members.length,
    reason,
  })
  if (reason !== 'repeat') {
    sql.run('DELETE FROM member WHERE grp = ?', group.id)
    if (group.repeat_ms !== null && group.interval_ms > 0)
      sql.run('UPDATE grp_terms SET last_batch = ? WHERE id = ?', JSON.stringify(collected), group.id)
  }
  if (group.interval_ms > 0)
    sql.run(
      'UPDATE grp SET generation = ?, due_at = ?, flushed_at = ?, count = 0, bytes = 0, shared_labels = NULL WHERE id = ?',
      generation,
      now + group.interval_ms,
      now,
      group.id,
    )
  else close(step, group)
  return admissionOf(step, workAt(step, entry.work!))
}

type Collected = Pick<Batch, 'shared_labels' | 'members'>

const collect = ({ sql }: Step, group: GroupRow): Collected => ({
  shared_labels: parsed<Record<string, string>>(group.shared_labels!),
  members: sql
    .all<BatchMember>('SELECT id, received_at, text FROM member WHERE grp = ? ORDER BY pos', group.id)
    .map((member) => ({ ...member })),
})

function close(step: Step, group: GroupRow): void {
  const { sql, tally } = step
  sql.run('DELETE FROM grp WHERE id = ?', group.id)
  sql.run('DELETE FROM grp_terms WHERE id = ?', group.id)
  tally.add('groups', group.tenant, -1)
  const { action_type, group_id, group_key } = group
  addFrame(step, 'group_resolved', group, { action_type, group_id, group_key })
}

/** What a group does when its time has come: seal, remind, wait for the next interval, or close. */
export function groupDue(step: Step, id: number, owner: number): Admission | null {
  const group = step.sql.get<GroupRow>('SELECT * FROM grp WHERE id = ?', id)!
  if (group.count > 0) return seal(step, group, group.flushed_at === null ? 'wait' : 'interval', owner)
  if (group.repeat_ms === null) {
    close(step, group)
    return null
  }
  if (step.now >= group.flushed_at! + group.repeat_ms) return seal(step, group, 'repeat', owner)
  const missed = Math.floor((step.now - group.due_at) / group.interval_ms)
  step.sql.run('UPDATE grp SET due_at = ? WHERE id = ?', group.due_at + (missed + 1) * group.interval_ms, id)
  return null
}

/** Seals by hand what a group has collected. */
export function flush(
  step: Step,
  { owner, namespace, tenant, group_key }: Op & { owner: number; namespace: string; tenant: string; group_key: string },
): { group: GroupView; admission: Admission } | null {
  const group = step.sql
    .all<GroupRow>('SELECT * FROM grp WHERE group_key = ? ORDER BY id DESC', group_key)
    .find((row) => inScope(row, { namespace, tenant }) && row.count > 0)
  if (group === undefined) return null
  return { group: shown(group), admission: seal(step, group, 'manual', owner) }
}

const shown = (row: GroupRow): GroupView => ({
  namespace: row.namespace,
  tenant: row.tenant,
  group_id: row.group_id,
  group_key: row.group_key,
  rule: row.rule,
  provider: row.provider,
  action_type: row.action_type,
  labels: parsed<Record<string, unknown>>(row.labels),
  event_count: row.count,
  generation: row.generation,
  state: row.count > 0 ? 'pending' : 'notified',
  notify_at: row.due_at,
  created_at: row.created_at,
})

/** Open groups of a public name, the newest first, with the texts of those that wait. */
export const groupsNamed = (
  { sql }: Step,
  { group_key, ...scope }: Scope & { group_key: string },
): (GroupView & { members: string[] })[] =>
  sql
    .all<GroupRow>('SELECT * FROM grp WHERE group_key = ? ORDER BY id DESC', group_key)
    .filter((row) => inScope(row, scope))
    .map((row) => ({
      ...shown(row),
      members: sql
        .all<{ text: string }>('SELECT text FROM member WHERE grp = ? ORDER BY pos', row.id)
        .map(({ text }) => text),
    }))

/** Newest first. */
export const listGroups = ({ sql }: Step, list: List): Page<GroupView> =>
  pageOf(list, {
    first: Number.MAX_SAFE_INTEGER,
    read: (before, count) =>
      sql.all<GroupRow>('SELECT * FROM grp WHERE id < ? ORDER BY id DESC LIMIT ?', before, count),
    position: ({ id }) => id,
    isWanted: (row) => inScope(row, list),
    show: shown,
  })
