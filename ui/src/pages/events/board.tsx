import { A } from '../../frame/link.tsx'
import { placeWithin, usePlace } from '../../frame/url.ts'
import { age, count, time } from '../../lib/formats.ts'
import {
  addressOf,
  dueOf,
  keyOf,
  namesOf,
  ownerOf,
  sinceOf,
  titleOf,
  verbOf,
  type Column,
  type Event,
  type Move,
} from './events.ts'
import { move, MoveMenu } from './move.tsx'
import { useMedia } from '../../parts/width.ts'
import { Severity } from './severity.tsx'
import { StateMark } from './state.tsx'

/** Of what is over, the latest suffice. */
const MOST_CLOSED = 10

export interface BoardProps {
  columns: Column[]
  moves: (event: Event) => Move[]
  /** The key of the event beside it. */
  open: string | undefined
}

/** A column for each state; on a phone one of them, and a switch to the others. */
export function Board({ columns, ...rest }: BoardProps) {
  const phone = useMedia('(max-width: 700px)')
  return phone ? <OneState columns={columns} {...rest} /> : <Columns columns={columns} {...rest} />
}

const Columns = ({ columns, moves, open }: BoardProps) => (
  <div className="board">
    {columns.map(({ state, closed, events }) => {
      const shown = closed ? events.slice(0, MOST_CLOSED) : events
      return (
        <section key={state} className="column" aria-label={state}>
          <h2>
            <StateMark of={state} />
            {state} <span>{count(events.length)}</span>
          </h2>
          <ul>
            {shown.map((event) => (
              <Card key={keyOf(event)} event={event} moves={moves(event)} on={keyOf(event) === open} />
            ))}
          </ul>
          {shown.length < events.length && (
            <p className="hint">{count(events.length - shown.length)} more in the table</p>
          )}
          {events.length === 0 && <p className="hint none">None</p>}
        </section>
      )
    })}
  </div>
)

function OneState({ columns, moves, open }: BoardProps) {
  const { search, here } = usePlace()
  const chosen =
    columns.find(({ state }) => state === search['state']) ?? columns.find(({ events }) => events.length > 0)
  return (
    <>
      <nav className="states" aria-label="State">
        {columns.map(({ state, events }) => (
          <A
            key={state}
            className="btn"
            href={here({ state, open: undefined })}
            aria-current={state === chosen?.state ? 'true' : undefined}
          >
            <StateMark of={state} />
            {state} <small>{count(events.length)}</small>
          </A>
        ))}
      </nav>
      {chosen !== undefined && <Columns columns={[chosen]} moves={moves} open={open} />}
    </>
  )
}

const traffic = ({ count: n, notified_count: sent }: Event): string => `${count(n)} in, ${count(sent)} sent`
const standing = (event: Event): string =>
  event.active
    ? `${age(Date.now() - sinceOf(event))}, ${ownerOf(event)}`
    : `lasted ${age(sinceOf(event) - Date.parse(event.opened_at))}, ${ownerOf(event)}`

function Card({ event, moves, on }: { event: Event; moves: Move[]; on: boolean }) {
  const { scope, here } = usePlace()
  const due = dueOf(event, Date.now())
  const { type, subject } = namesOf(event)
  const place = placeWithin(event, scope)
  const first = moves.find(({ refused }) => refused === undefined)
  return (
    <li data-row={keyOf(event)} className={`panel card ${on ? 'on' : ''}`}>
      <A href={here(addressOf(event))} aria-current={on ? 'true' : undefined}>
        <b>{type}</b> {subject}
      </A>
      <p>
        <Severity of={event.severity} />
        {place !== '' && `${event.severity === null ? '' : ', '}${place}`}
      </p>
      <p>{standing(event)}</p>
      <p>{traffic(event)}</p>
      {due !== undefined && (
        <>
          <p className={due.part >= 1 ? 'f-waiting' : ''}>{due.text}</p>
          <span className="due" aria-hidden="true">
            <span style={{ width: `${due.part * 100}%` }} />
          </span>
        </>
      )}
      {event.active && (
        <span className="do">
          {first !== undefined && (
            <button
              type="button"
              className="btn small"
              aria-label={`${verbOf(first.to)} ${titleOf(event)}`}
              onClick={() => void move(event, first.to)}
            >
              {verbOf(first.to)}
            </button>
          )}
          <MoveMenu event={event} moves={moves} />
        </span>
      )}
    </li>
  )
}

/** The same, one line for each. */
export function Rows({ columns, moves, open }: BoardProps) {
  const { scope, here } = usePlace()
  return (
    <ul className="panel bunch plain-list of-events" aria-label="Events">
      {columns.flatMap(({ events }) =>
        events.map((event) => {
          const on = keyOf(event) === open
          return (
            <li key={keyOf(event)} data-row={keyOf(event)} className={`line-row ${on ? 'on' : ''}`}>
              <A href={here(addressOf(event))} aria-current={on ? 'true' : undefined}>
                <b>{namesOf(event).type}</b> {namesOf(event).subject}
              </A>
              <span>
                <Severity of={event.severity} /> {placeWithin(event, scope)}
              </span>
              <span>
                <StateMark of={event.state} /> {event.state} since{' '}
                <time dateTime={new Date(sinceOf(event)).toISOString()}>
                  {time(sinceOf(event), { now: Date.now() })}
                </time>
                , {ownerOf(event)}
              </span>
              <span>
                {traffic(event)}
                {dueOf(event, Date.now()) === undefined ? '' : `, ${dueOf(event, Date.now())!.text}`}
              </span>
              <span className="do">{event.active && <MoveMenu event={event} moves={moves(event)} />}</span>
            </li>
          )
        }),
      )}
    </ul>
  )
}
