import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, type Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { age, plural, time } from '../../lib/formats.ts'
import { Acts } from '../../parts/acts.tsx'
import { Detail, Facts } from '../../parts/detail.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { memberId, partOf, titleOf, whenOf } from './groups.ts'
import { sendNow } from './send.tsx'

/** One group with its members. */
export function GroupDetail({ groupKey, close }: { groupKey: string; close: () => void }) {
  const { scope } = usePlace()
  const group = useQuery(queries.group(groupKey, scope))
  const gone = group.error instanceof ApiError && group.error.status === 404
  if (group.data !== undefined && !gone) return <Shown detail={group.data} close={close} />
  return (
    <article className="detail" aria-label="Group">
      {gone ? (
        <Empty title="This group is no longer open">
          <p>It went out, or was never here. What became of its members stands in their stories.</p>
          <button type="button" className="btn" onClick={close}>
            All groups
          </button>
        </Empty>
      ) : group.error !== null ? (
        <Failed what="The group" error={group.error} retry={() => void group.refetch()} />
      ) : (
        <Skeleton rows={6} />
      )}
    </article>
  )
}

function Shown({ detail, close }: { detail: Shape['GroupDetail']; close: () => void }) {
  const { scope } = usePlace()
  const refused = useRefusal('operate')
  const { group, members, subjects } = detail
  const pending = group.state === 'pending'
  const acts = useMemo<Act[]>(
    () => [
      {
        title: `Send ${group.event_count} to ${group.provider} now`,
        key: 's',
        refused: refused ?? (pending ? undefined : 'It has been sent already.'),
        run: () => void sendNow(group),
      },
    ],
    [group, refused, pending],
  )
  useActs(acts)
  return (
    <Detail
      label="Group"
      crumb={`${group.tenant} / ${group.namespace}`}
      title={
        pending
          ? `${plural(group.event_count, `${group.action_type} action`)} of ${titleOf(group)} ${group.event_count === 1 ? 'goes' : 'go'} to ${group.provider} ${whenOf(group, Date.now())}`
          : `${titleOf(group)} was sent to ${group.provider}`
      }
      close={close}
    >
      {pending && (
        <>
          <p className="under">
            Open for {age(Date.now() - Date.parse(group.created_at))}; goes out at{' '}
            {time(Date.parse(group.notify_at), { now: Date.now() })}, or when it is full.
          </p>
          <span className="due wide" aria-hidden="true">
            <span style={{ width: `${partOf(group, Date.now()) * 100}%` }} />
          </span>
        </>
      )}
      <Acts acts={acts} />
      <Facts
        facts={[
          [
            'Rule',
            <A key="rule" href={hrefOf({ scope, page: 'rules', item: group.rule })}>
              {group.rule}
            </A>,
          ],
          ['Action type', group.action_type],
          ...Object.entries(group.labels)
            .filter(([, value]) => value !== group.action_type)
            .map(([name, value]): [string, string] => [
              name,
              typeof value === 'string' ? value : JSON.stringify(value),
            ]),
          ['Key', <code key="key">{group.group_key}</code>],
        ]}
      />
      <h3>Members</h3>
      <ol className="steps members">
        {members.map(memberId).map((id, index) => (
          <li key={id ?? index}>
            <span className="hint">{index + 1}</span>
            <span>
              {id === undefined ? (
                subjects[index]
              ) : (
                <A href={hrefOf({ scope, page: 'actions' }, { q: `id:${id}`, from: '-7d', open: id })}>
                  {subjects[index] ?? id}
                </A>
              )}
              {id !== undefined && <p className="mono">{id}</p>}
            </span>
          </li>
        ))}
      </ol>
    </Detail>
  )
}
