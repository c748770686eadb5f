import { sha256 } from '../../lib/ids.js'
import type { Admission, BatchMember, GroupView, List, Op, Page, Scope } from '../store.js'
import { pageOf } from './lists.js'
import { admissionOf, groupView } from './rows.js'
import { asked, inScope } from './scopes.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { listOf, parsed, rowOf, textOf } from './text.js'

/** Seals by hand what a group has collected (`StateStore.flush`). */
export async function flush(
  { server, wake }: Step,
  request: Op & { owner: number; namespace: string; tenant: string; group_key: string },
): Promise<{ group: GroupView; admission: Admission } | null> {
  const { owner, namespace, tenant, group_key } = request
  const [kind, group, sealed] = await server.run('flush', server.place(request).partition, {
    ...opOf(request),
    owner,
    ns: namespace,
    tn: tenant,
    gname: sha256(group_key),
  })
  if (kind === 'nothing') return null
  wake()
  return { group: groupView(rowOf(group)!), admission: admissionOf(sealed) }
}

/** Open groups of a public name, the newest first, with the texts of those that wait. */
export async function groupsNamed(
  { server }: Step,
  { group_key, ...scope }: Scope & { group_key: string },
): Promise<(GroupView & { members: string[] })[]> {
  const found = await asked(server, scope, 'named_groups', { gname: sha256(group_key) })
  return found
    .map((one) => ({ row: rowOf(listOf(one)[0])!, members: listOf(listOf(one)[1]) }))
    .filter(({ row }) => inScope(row, scope))
    .sort((a, b) => Number(b.row['id']) - Number(a.row['id']))
    .map(({ row, members }) => ({
      ...groupView(row),
      members: members.map((member) => parsed<BatchMember>(textOf(member)).text),
    }))
}

/** Newest first. */
export const listGroups = (step: Step, list: List): Promise<Page<GroupView>> =>
  pageOf(step, list, { index: 'groups', kind: 'g', falling: true, equals: {} }, groupView)
