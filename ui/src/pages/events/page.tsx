import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useFilter } from '../../api/traffic.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { filterActs } from '../../frame/filter-acts.ts'
import { A } from '../../frame/link.tsx'
import { useAskedFor, usePlace } from '../../frame/url.ts'
import { term } from '../../lib/filter.ts'
import { WithDetail } from '../../parts/detail.tsx'
import { isNarrowed, NothingPasses, Unusable } from '../../parts/narrowed.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { walkActs } from '../../parts/walk.ts'
import '../../styles/operations.css'
import { Board, Rows } from './board.tsx'
import { EventDetail } from './detail.tsx'
import {
  addressOf,
  columnsOf,
  keyOf,
  machinesOf,
  movesOf,
  NOWHERE,
  openOf,
  sentenceOf,
  type Event,
  type Move,
} from './events.ts'

/** What is firing, and who has it. */
export default function Events() {
  const { search, change, here } = usePlace()
  const asked = useAskedFor()
  const filter = useFilter(asked)
  const list = useQuery({ ...queries.events(asked), enabled: filter.problem === undefined })
  const config = useQuery(queries.config())
  const refused = useRefusal('operate')
  const open = search['open']
  const events = list.data?.events
  const machines = useMemo(() => machinesOf(config.data), [config.data])
  const columns = useMemo(() => columnsOf(events ?? [], machines), [events, machines])
  const inside = useMemo(() => columns.flatMap(({ events: of }) => of), [columns])
  const beside = openOf(inside, search)
  const shown = beside === undefined ? undefined : keyOf(beside)
  const acts = useMemo<Act[]>(
    () => [
      ...walkActs(inside.map(keyOf), shown, (key) => {
        const event = inside.find((other) => keyOf(other) === key)
        change(event === undefined ? NOWHERE : addressOf(event), event !== undefined && open !== undefined)
      }),
      ...(beside === undefined ? [] : filterActs(term('type', beside.action_type ?? ''), asked.q, change)),
      { title: 'Show events as a board', run: () => change({ view: undefined }) },
      { title: 'Show events as a table', run: () => change({ view: 'table' }) },
    ],
    [inside, shown, beside, open, asked.q, change],
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
        <Skeleton rows={8} />
      </main>
    )
  if (events === undefined)
    return (
      <main>
        <Failed what="The events" error={list.error} retry={() => void list.refetch()} />
      </main>
    )
  if (events.length === 0 && open === undefined && isNarrowed(filter))
    return (
      <main>
        <NothingPasses filter={filter} one="event" many="events" where="are open, or ended in this window" />
      </main>
    )
  if (events.length === 0 && open === undefined)
    return (
      <main>
        <Empty title="No events are tracked here">
          <p>
            A rule with the action <code>state_machine</code> makes events of actions: one for each fingerprint, with a
            state that people and time move on. As soon as such a rule decides an action, its event stands here.
          </p>
        </Empty>
      </main>
    )
  const seen = columns.map(({ state }) => state)
  const moves = (event: Event): Move[] => movesOf(event, machines, seen, refused)
  const table = search['view'] === 'table'
  return (
    <WithDetail
      label="Events"
      list={
        <>
          <h2 className="say">{sentenceOf(events, Date.now())}</h2>
          <div className="above">
            <p className="hint">
              {table ? 'The worst first' : 'A column for each state, the worst first'}
              {list.data?.isCut === true &&
                '; of those that are open, and of those that are over, the 500 that changed last'}
              .
            </p>
            <div className="seg" role="group" aria-label="View">
              <A
                href={here({ view: undefined })}
                className={table ? '' : 'on'}
                aria-current={table ? undefined : 'true'}
              >
                Board
              </A>
              <A href={here({ view: 'table' })} className={table ? 'on' : ''} aria-current={table ? 'true' : undefined}>
                Table
              </A>
            </div>
          </div>
          {table ? (
            <Rows columns={columns} moves={moves} open={shown} />
          ) : (
            <Board columns={columns} moves={moves} open={shown} />
          )}
        </>
      }
      detail={
        open === undefined ? null : (
          <EventDetail key={shown ?? open} fingerprint={open} moves={moves} close={() => change(NOWHERE)} />
        )
      }
    />
  )
}
