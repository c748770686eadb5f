import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { ApiError, type Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { age, count, time } from '../../lib/formats.ts'
import { RESULTS } from '../../lib/results.ts'
import { ActButton } from '../../parts/acts.tsx'
import { Detail, Facts } from '../../parts/detail.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { Strip } from '../../parts/strip.tsx'
import { byOf, dueOf, ownerOf, sinceOf, titleOf, verbOf, type Event, type Move } from './events.ts'
import { move, MoveMenu } from './move.tsx'
import { Severity } from './severity.tsx'

export interface EventDetailProps {
  fingerprint: string
  moves: (event: Event) => Move[]
  close: () => void
}

/** One event: its state, how it came there, and where it may go. */
export function EventDetail({ fingerprint, moves, close }: EventDetailProps) {
  const { scope, search } = usePlace()
  const { tenant = scope.tenant, ns: namespace = scope.namespace } = search
  const event = useQuery(queries.event(fingerprint, { tenant, namespace }))
  if (event.data !== undefined) return <Shown event={event.data} moves={moves(event.data)} close={close} />
  return (
    <article className="detail" aria-label="Event">
      {event.error instanceof ApiError && event.error.status === 404 ? (
        <Empty title="There is no such event">
          <p>
            Nothing with the fingerprint <code>{fingerprint}</code> is kept in this scope.
          </p>
          <button type="button" className="btn" onClick={close}>
            All events
          </button>
        </Empty>
      ) : event.error !== null ? (
        <Failed what="The event" error={event.error} retry={() => void event.refetch()} />
      ) : (
        <Skeleton rows={6} />
      )}
    </article>
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function Shown({ event, moves, close }: { event: Shape['EventWithHistory']; moves: Move[]; close: () => void }) {
  const { scope } = usePlace()
  const [comment, setComment] = useState('')
  const { state, tenant, namespace, labels, fingerprint } = event
  const acts = useMemo<Act[]>(() => {
    const done = (to: string): void => void move(event, to, comment).then(() => setComment(''))
    let first = true
    return moves.map(({ to, refused }) => {
      const key = refused === undefined && first ? 'm' : undefined
      if (refused === undefined) first = false
      return { title: verbOf(to), key, refused, run: () => done(to) }
    })
  }, [event, moves, comment])
  useActs(acts)
  const due = dueOf(event, Date.now())
  const open = acts.filter(({ refused }) => refused === undefined)
  return (
    <Detail
      label="Event"
      crumb={`${tenant} / ${namespace}`}
      title={`${titleOf(event)} has been ${state} for ${age(Date.now() - sinceOf(event))}`}
      close={close}
    >
      <p className="under">
        {event.active && `${capital(ownerOf(event))}. `}
        {due !== undefined && <span className={due.part >= 1 ? 'f-waiting' : ''}>{capital(due.text)}.</span>}
      </p>
      {event.active && (
        <>
          <div className="acts">
            {open.map((act, index) => (
              <ActButton key={act.title} act={act} className={index === 0 ? 'pri' : ''} />
            ))}
            <MoveMenu event={event} moves={moves} className="" />
          </div>
          <label className="field comment">
            Comment for the history
            <input
              className="input"
              maxLength={1024}
              value={comment}
              onChange={({ currentTarget }) => setComment(currentTarget.value)}
            />
          </label>
        </>
      )}
      <Facts
        facts={[
          ['Severity', event.severity === null ? undefined : <Severity key="severity" of={event.severity} />],
          [
            'Actions',
            <A
              key="actions"
              href={hrefOf(
                { scope, page: 'actions' },
                { q: filterText([term('event', fingerprint), term('ns', namespace)]), from: event.opened_at },
              )}
            >
              {count(event.count)} in, {count(event.notified_count)} sent
            </A>,
          ],
          ['Opened', time(Date.parse(event.opened_at), { now: Date.now() })],
          ['Last seen', time(Date.parse(event.last_seen_at), { now: Date.now() })],
          ['Times opened', event.occurrence > 1 ? count(event.occurrence) : undefined],
          ['Provider', event.provider],
          ['Machine', event.state_machine],
          ...Object.entries(labels).map(([name, value]): [string, string] => [name, value]),
          ['Fingerprint', <code key="fingerprint">{fingerprint}</code>],
        ]}
      />
      <h3>Actions of the last hour</h3>
      <Strip q={filterText([term('event', fingerprint), term('ns', namespace)])} of={RESULTS} />
      <h3>History</h3>
      <ol className="steps">
        {event.history.toReversed().map(({ version, occurrence, from, to, at, by }) => (
          <li key={`${occurrence} ${version}`}>
            <time dateTime={at}>{time(Date.parse(at), { now: Date.now() })}</time>
            <span>
              {from === null ? `Opened as ${to}` : `${from} to ${to}`}
              <p>{byOf(by)}</p>
            </span>
          </li>
        ))}
      </ol>
    </Detail>
  )
}
