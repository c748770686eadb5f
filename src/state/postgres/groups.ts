import type { Admission, GroupView, List, Op, Page, Scope } from '../store.js'
import { pageOf } from './lists.js'
import { admissionOf, type AdmissionRow } from './rows.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { escaped, plain, stored, unescaped } from '../../lib/postgres-text.js'

type GroupRow = Omit<GroupView, 'labels'> & { labels: string }

const shown = ({ labels, ...row }: GroupRow): GroupView => ({ ...plain(row), labels: stored(labels) })

/** Seals by hand what a group has collected. */
export async function flush(
  { server }: Step,
  request: Op & { owner: number; namespace: string; tenant: string; group_key: string },
): Promise<{ group: GroupView; admission: Admission } | null> {
  const { owner, namespace, tenant, group_key } = request
  const answer = await server.call<{ kind: 'nobody' } | { group: GroupRow; admission: AdmissionRow }>('flush', {
    ...opOf(request, server),
    owner,
    namespace,
    tenant,
    group_key,
  })
  if ('kind' in answer) return null
  return { group: shown(answer.group), admission: admissionOf(answer.admission) }
}

/** Open groups of a public name, the newest first, with the texts of those that wait. */
export async function groupsNamed(
  { server }: Step,
  { group_key, namespace, tenant }: Scope & { group_key: string },
): Promise<(GroupView & { members: string[] })[]> {
  const rows = await server.read<{ row: GroupRow; members: string[] }>(
    `SELECT acteon.shown_group(g) AS row,
      ARRAY(SELECT m.text FROM acteon.member m WHERE m.grp = g.id ORDER BY m.pos) AS members
    FROM acteon.grp g WHERE g.group_key = $1 AND ($2::text IS NULL OR g.namespace = $2) AND ($3::text IS NULL OR g.tenant = $3)
    ORDER BY g.id DESC`,
    [escaped(group_key), namespace ?? null, tenant ?? null],
  )
  return rows.map(({ row, members }) => ({ ...shown(row), members: members.map(unescaped) }))
}

/** Newest first. */
export const listGroups = (step: Step, list: List): Promise<Page<GroupView>> =>
  pageOf<GroupRow, GroupView>(step, list, {
    table: 'grp',
    column: 'id',
    falling: true,
    item: 'acteon.shown_group(t)',
    conditions: [],
    show: shown,
  })
