import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useFilter } from '../../api/traffic.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { filterActs } from '../../frame/filter-acts.ts'
import { A } from '../../frame/link.tsx'
import { placeWithin, useAskedFor, usePlace } from '../../frame/url.ts'
import { term } from '../../lib/filter.ts'
import { age, plural } from '../../lib/formats.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { isNarrowed, NothingPasses, Unusable } from '../../parts/narrowed.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { GroupDetail } from './detail.tsx'
import { inOrder, partOf, sentenceOf, titleOf, whenOf, type Group } from './groups.ts'
import { SendNow } from './send.tsx'

/** What is being collected, and when it goes out. */
export default function Groups() {
  const { search, change } = usePlace()
  const asked = useAskedFor()
  const filter = useFilter(asked)
  const list = useQuery({ ...queries.groups(asked), enabled: filter.problem === undefined })
  const open = search['open']
  const groups = useMemo(
    () => inOrder((list.data?.groups ?? []).filter(({ state }) => state === 'pending')),
    [list.data],
  )
  const beside = groups.find(({ group_key }) => group_key === open)
  const acts = useMemo<Act[]>(
    () => [
      ...walkActs(
        groups.map(({ group_key }) => group_key),
        open,
        (key) => change({ open: key }, key !== undefined && open !== undefined),
      ),
      ...(beside === undefined ? [] : filterActs(term('rule', beside.rule), asked.q, change)),
    ],
    [groups, open, beside, asked.q, change],
  )
  useActs(acts)

  if (filter.problem !== undefined)
    return (
      <main>
        <Unusable problem={filter.problem} />
      </main>
    )
  if (list.isPending)
    return (
      <main>
        <Skeleton rows={6} />
      </main>
    )
  if (list.data === undefined)
    return (
      <main>
        <Failed what="The groups" error={list.error} retry={() => void list.refetch()} />
      </main>
    )
  if (groups.length === 0 && open === undefined && isNarrowed(filter))
    return (
      <main>
        <NothingPasses filter={filter} one="group" many="groups" where="are being collected" />
      </main>
    )
  if (groups.length === 0 && open === undefined)
    return (
      <main>
        <Empty title="Nothing is being collected">
          <p>
            A rule with the action <code>group</code> holds actions that belong together and sends them as one. While it
            waits for more of them, the group stands here.
          </p>
        </Empty>
      </main>
    )
  return (
    <WithDetail
      label="Groups"
      list={
        <>
          <h2 className="say">
            {groups.length === 0 ? 'Nothing is being collected.' : sentenceOf(groups, Date.now())}
          </h2>
          <p>What goes out next comes first. Each group goes out as one.</p>
          {groups.length > 0 && (
            <ul className="panel bunch plain-list of-groups">
              {groups.map((group) => (
                <Row key={group.group_id} group={group} on={group.group_key === open} />
              ))}
            </ul>
          )}
        </>
      }
      detail={
        open === undefined ? null : <GroupDetail key={open} groupKey={open} close={() => change({ open: undefined })} />
      }
    />
  )
}

function Row({ group, on }: { group: Group; on: boolean }) {
  const { scope, here } = usePlace()
  const { group_key, event_count, provider, rule, created_at } = group
  const place = placeWithin(group, scope)
  return (
    <li data-row={group_key} className={`line-row ${on ? 'on' : ''}`}>
      <A href={here({ open: group_key })} aria-current={on ? 'true' : undefined}>
        <b>{titleOf(group)}</b> {group.action_type}, {plural(event_count, 'action')}
      </A>
      <span>
        {place === '' ? '' : `${place}, `}
        {rule}
      </span>
      <span>
        to {provider} {whenOf(group, Date.now())}, open for {age(Date.now() - Date.parse(created_at))}
        <span className="due" aria-hidden="true">
          <span style={{ width: `${partOf(group, Date.now()) * 100}%` }} />
        </span>
      </span>
      <span className="do">
        <SendNow group={group} />
      </span>
    </li>
  )
}
