import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useFilter, type Row as Action } from '../../api/traffic.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { filterActs } from '../../frame/filter-acts.ts'
import { useAskedFor, usePlace } from '../../frame/url.ts'
import { term } from '../../lib/filter.ts'
import { count, plural } from '../../lib/formats.ts'
import { useFresh } from '../../live/fresh.ts'
import { useLive } from '../../live/use-live.ts'
import { Kbd } from '../../parts/kbd.tsx'
import { List, type MenuPlace } from '../../parts/list.tsx'
import { Unusable } from '../../parts/narrowed.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { useMedia } from '../../parts/width.ts'
import { StoryView } from '../../story/view.tsx'
import { lookedBackTo, NoRows, Total } from './empty.tsx'
import { ChosenBar, useChosenActs } from './chosen-bar.tsx'
import { MenuButton, RowMenu, Tick } from './row-menu.tsx'
import { rowsOf, type ActionRow, type Row } from './rows.ts'
import { isPicked, useSelection } from './selection.ts'
import { useRows } from './use-rows.ts'
import { Line, Minute, Missed, TwoLines } from './views.tsx'

const RECOUNT_MS = 2_000
/** So many rows before the end of what is there, the next page is fetched. */
const AHEAD = 40

/** Find one action and learn its story. */
export default function Actions() {
  const { search, change, here } = usePlace()
  const open = search['open']
  const q = search['q'] ?? ''
  const asked = useAskedFor()
  const filter = useFilter(asked)
  const room = useMedia('(min-width: 701px)')
  const noHover = useMedia('(hover: none)')
  const [top, setTop] = useState(true)
  const [over, setOver] = useState(false)
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const [selected, setSelected] = useState<string>()
  const [toTop, setToTop] = useState(0)
  const [menu, setMenu] = useState<{ row: ActionRow; place: MenuPlace }>()
  const live = useLive(({ state }) => state !== 'off')
  useFresh(filter.refetch, RECOUNT_MS, live && filter.problem === undefined)

  // Rows come in by themselves only where nothing can move under the hand.
  const [picking, setPicking] = useState(false)
  const still = open === undefined && selected === undefined && !picking && menu === undefined
  const free = top && !over && still && filter.problem === undefined
  const shown = useRef<Action[]>([])
  const visible = useCallback(() => shown.current, [])
  const { name } = asked
  const list = useRows(asked, name, free, visible)
  const { takeIn, loadMore, hasMore, waiting } = list
  const rows = useMemo(() => rowsOf(list.rows, unfolded, hasMore, list.gaps), [list.rows, unfolded, hasMore, list.gaps])
  const actions = useMemo(() => rows.filter((row): row is ActionRow => row.kind === 'action'), [rows])
  const { picks, pick, clear } = useSelection(actions, name)
  useEffect(() => setPicking(picks.size > 0), [picks])
  const chosenActs = useChosenActs(picks, clear)
  const wanted = open ?? selected
  const at = useMemo(
    () =>
      wanted === undefined
        ? -1
        : actions.findIndex(({ action, folded }) => action.id === wanted || folded.some(({ id }) => id === wanted)),
    [actions, wanted],
  )
  const current = actions[at]?.action
  useEffect(() => {
    setSelected(undefined)
    setMenu(undefined)
  }, [name])

  const onRange = useCallback(
    (first: number, last: number): void => {
      shown.current = rows
        .slice(first, last + 1)
        .flatMap((row) => (row.kind === 'action' ? [row.action, ...row.folded] : []))
      if (hasMore && last > rows.length - AHEAD) loadMore()
    },
    [rows, hasMore, loadMore],
  )
  const goTo = useCallback(
    (row: ActionRow | undefined): void => {
      if (row === undefined) return
      if (open === undefined) setSelected(row.action.id)
      else change({ open: row.action.id }, true)
    },
    [open, change],
  )
  const close = useCallback((): void => {
    setSelected(open)
    change({ open: undefined })
    requestAnimationFrame(() =>
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.rows [tabindex="0"]')?.focus()),
    )
  }, [open, change])
  const acts = useMemo<Act[]>(() => {
    const by =
      current === undefined
        ? undefined
        : current.rule === null
          ? term('type', current.type)
          : term('rule', current.rule)
    return [
      { title: 'Next', key: 'j', quiet: true, run: () => goTo(actions[Math.min(actions.length - 1, at + 1)]) },
      { title: 'Previous', key: 'k', quiet: true, run: () => goTo(actions[Math.max(0, at - 1)]) },
      ...(by === undefined ? [] : filterActs(by, q, change)),
      ...(waiting === 0 ? [] : [{ title: `Take in ${newActions(waiting)}`, key: 'n', run: () => void takeIn() }]),
      ...chosenActs.map((act, index) => ({
        ...act,
        title:
          index === chosenActs.length - 1 ? 'Clear the selection' : `${act.title}: ${plural(picks.size, 'action')}`,
        // A story beside the list is closed by the same key.
        ...(index === chosenActs.length - 1 && open === undefined && { key: 'Escape' }),
      })),
      ...(open === undefined && selected !== undefined
        ? [
            { title: 'Open the story', key: 'Enter', quiet: true, run: () => change({ open: selected }) },
            ...(picks.size > 0
              ? []
              : [{ title: 'Deselect', key: 'Escape', quiet: true, run: () => setSelected(undefined) }]),
          ]
        : []),
    ]
  }, [actions, at, current, q, waiting, open, selected, picks, chosenActs, goTo, change, takeIn])
  useActs(acts)

  const wide = room && open === undefined
  const back = lookedBackTo(filter)
  return (
    <main className={`split ${open === undefined ? 'alone' : ''}`}>
      <section
        className="list"
        aria-label="Actions"
        onMouseEnter={() => setOver(true)}
        onMouseLeave={() => setOver(false)}
      >
        <div className="bar">
          <ChosenBar count={picks.size} acts={chosenActs} />
          {filter.problem === undefined && picks.size === 0 && <Total filter={filter} />}
          {picks.size === 0 && back !== undefined && <span>looked back to {back}</span>}
          {waiting !== 0 && (
            <button
              type="button"
              className="new"
              onClick={() => {
                setToTop(toTop + 1)
                void takeIn()
              }}
            >
              {waiting === null ? 'New' : `${count(waiting)} new`}
            </button>
          )}
        </div>
        {filter.problem !== undefined ? (
          <Unusable problem={filter.problem} />
        ) : list.isPending ? (
          <Skeleton rows={14} />
        ) : list.error !== null && rows.length === 0 ? (
          <Failed what="The actions" error={list.error} retry={list.retry} />
        ) : rows.length === 0 && !hasMore ? (
          <NoRows filter={filter} />
        ) : rows.length === 0 ? (
          <Empty title="Nothing that passes was found so far">
            <p>
              <button type="button" className="btn" onClick={loadMore}>
                Look further back
              </button>
            </p>
          </Empty>
        ) : (
          <List<Row>
            label={`${filter.counts?.total == null ? 'Actions' : plural(filter.counts.total, 'action')}, newest first`}
            className={`${wide ? 'wide' : ''} ${picks.size > 0 ? 'picking' : ''} ${list.isStale ? 'stale' : ''}`}
            items={rows}
            keyOf={keyOfRow}
            height={(row) => (row.kind === 'minute' ? 27 : row.kind === 'gap' ? 44 : wide ? 34 : 54)}
            selected={actions[at]?.key}
            href={(row) => (row.kind !== 'action' ? undefined : here({ open: row.action.id }))}
            open={(row) => {
              if (row.kind === 'action') change({ open: row.action.id }, open !== undefined)
            }}
            onSelect={(row) => {
              if (row.kind === 'action') goTo(row)
            }}
            onTop={setTop}
            onRange={onRange}
            before={(row, stop) =>
              row.kind === 'action' &&
              // Where nothing can be pointed at, the first is selected from its menu.
              (!noHover || picks.size > 0) && (
                <Tick row={row} checked={isPicked(picks, row)} stop={stop} pick={(range) => pick(row, range)} />
              )
            }
            aside={(row) =>
              row.kind === 'action' && (
                <MenuButton
                  action={row.action}
                  open={menu?.row.key === row.key}
                  press={(place) => setMenu(menu?.row.key === row.key ? undefined : { row, place })}
                />
              )
            }
            all={noHover || picks.size > 0}
            onMenu={(row, place) => {
              if (row.kind === 'action') setMenu({ row, place })
            }}
            onPick={(row, range) => {
              if (row.kind !== 'action') return
              if (open === undefined) setSelected(row.action.id)
              pick(row, range)
            }}
            isPicked={(row) => row.kind === 'action' && isPicked(picks, row)}
            total={hasMore ? (filter.counts?.total ?? -1) : undefined}
            toTop={toTop}
            render={(row) =>
              row.kind === 'minute' ? (
                <Minute row={row} />
              ) : row.kind === 'gap' ? (
                <Missed row={row} load={() => list.fill(row.below)} />
              ) : wide ? (
                <Line row={row} unfold={() => setUnfolded(new Set([...unfolded, row.key]))} />
              ) : (
                <TwoLines row={row} />
              )
            }
          />
        )}
        <div className="keys" aria-hidden="true">
          <span>
            <Kbd of="j" />
            <Kbd of="k" />
            move
          </span>
          <span>
            <Kbd of="f" />
            filter by this
          </span>
          <span>
            <Kbd of="x" />
            exclude
          </span>
          {wide && (
            <span>
              <Kbd of="Space" />
              select
            </span>
          )}
          <span className="end">
            <Kbd of="?" />
            all keys
          </span>
        </div>
      </section>
      {menu !== undefined && (
        <RowMenu
          key={menu.row.key}
          action={menu.row.action}
          place={menu.place}
          picked={isPicked(picks, menu.row)}
          count={menu.row.folded.length + 1}
          pick={() => pick(menu.row)}
          close={() => setMenu(undefined)}
        />
      )}
      {open !== undefined && (
        <StoryView
          key={open}
          id={open}
          close={close}
          previous={at > 0 ? () => goTo(actions[at - 1]) : undefined}
          next={at >= 0 && at < actions.length - 1 ? () => goTo(actions[at + 1]) : undefined}
          place={at < 0 ? undefined : `${count(at + 1)} of ${count(actions.length)}${hasMore ? '+' : ''}`}
        />
      )}
    </main>
  )
}

const keyOfRow = ({ key }: Row): string => key
const newActions = (n: number | null): string => (n === null ? 'new actions' : plural(n, 'new action'))
