import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type MouseEvent, type ReactNode } from 'react'

/** Where a row's menu was asked for. */
export interface MenuPlace {
  anchor: Element | { getBoundingClientRect: () => DOMRect }
  /** The menu's button was pressed. */
  button: boolean
  /** The cell that was pointed at: the nearest `data-cell`. */
  cell: string | undefined
  /** What has the focus again when the menu is closed. */
  focus: HTMLElement | null
}

export interface ListProps<T> {
  /** What the list is of, for those who do not see it. */
  label: string
  items: T[]
  keyOf: (item: T) => string
  /** Pixels. */
  height: (item: T) => number
  render: (item: T) => ReactNode
  /** What is shown at the end of the row that is pointed at, selected or has the focus. */
  aside?: (item: T) => ReactNode
  /** The same at its beginning; `stop`: it is the one of them that Tab comes to. */
  before?: (item: T, stop: boolean) => ReactNode
  /** Shows both on every row, not only on the one that is pointed at. */
  all?: boolean | undefined
  /** A right click, or the key for it. */
  onMenu?: (item: T, place: MenuPlace) => void
  /** Space, or a click with ⌘, Ctrl or Shift; `range`: all from the last one up to this. */
  onPick?: (item: T, range: boolean) => void
  isPicked?: (item: T) => boolean
  /** The address that a row opens; undefined: it is a heading, not a row. */
  href: (item: T) => string | undefined
  open: (item: T) => void
  /** The key of the row that is selected. */
  selected?: string | undefined
  onSelect?: (item: T) => void
  /** Whether its top is shown. */
  onTop?: (top: boolean) => void
  /** The first and the last item that are shown; near the last of all, more may be fetched. */
  onRange?: (first: number, last: number) => void
  /** How many rows there are in all, when it is known that more follow. */
  total?: number | undefined
  /** Scrolls to the top whenever it changes. */
  toTop?: number
  className?: string
}

/**
 * Windowed rows with one tab stop: arrows move, Enter opens, the browser's own way of opening a link works. Headings
 * between rows are passed over.
 */
export function List<T>({
  label,
  items,
  keyOf,
  height,
  render,
  aside,
  before,
  all = false,
  onMenu,
  onPick,
  isPicked,
  href,
  open,
  selected,
  onSelect,
  onTop,
  onRange,
  total,
  toTop,
  className = '',
}: ListProps<T>) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => height(items[index]!),
    getItemKey: (index) => keyOf(items[index]!),
    overscan: 12,
  })
  const rows = useMemo(() => items.flatMap((item, index) => (href(item) === undefined ? [] : [index])), [items])
  const numbers = useMemo(() => new Map(rows.map((index, number) => [index, number + 1])), [rows])
  const at = useMemo(
    () => (selected === undefined ? -1 : items.findIndex((item) => keyOf(item) === selected)),
    [items, selected],
  )
  const stop = at >= 0 ? at : (rows[0] ?? -1)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
    // Only when another row is selected: rows that come in must not move the list.
  }, [selected])

  const [near, setNear] = useState<string>()
  const shown = virtual.getVirtualItems()
  const [from, to] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0]
  useEffect(() => onRange?.(from, to), [from, to, items, onRange])
  useAnchor(scroller, items, keyOf, height)
  const asked = useRef(toTop)
  useEffect(() => {
    // Not when the list appears: then the row of a link is to be seen.
    if (asked.current !== toTop && scroller.current !== null) scroller.current.scrollTop = 0
    asked.current = toTop
  }, [toTop])

  const move = (by: number): void => {
    const place = rows.indexOf(stop)
    const next = at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, place + by))]
    const item = next === undefined ? undefined : items[next]
    if (item === undefined || next === undefined) return
    onSelect?.(item)
    virtual.scrollToIndex(next, { align: 'auto' })
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus())
  }
  return (
    <div
      ref={scroller}
      className={`rows ${className}`}
      role="list"
      aria-label={label}
      onScroll={(event) => onTop?.(event.currentTarget.scrollTop < 8)}
      onKeyDown={(event) => {
        const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[
          event.key
        ]
        if (event.key === ' ' && onPick !== undefined && isRow(event.target)) {
          const item = items[stop]
          event.preventDefault()
          // The single keys of the page have no space.
          event.stopPropagation()
          if (item !== undefined) onPick(item, event.shiftKey)
        }
        if (by === undefined) return
        event.preventDefault()
        move(by)
      }}
    >
      <div className="rows-all" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start, size }) => {
          const item = items[index]!
          const address = href(item)
          const style = { transform: `translateY(${start}px)`, height: size }
          if (address === undefined)
            return (
              <div key={key} className="rows-item" role="listitem" style={style}>
                {render(item)}
              </div>
            )
          const on = keyOf(item) === selected
          const picked = isPicked?.(item) === true
          const shows = all || on || picked || keyOf(item) === near
          return (
            <div
              key={key}
              role="listitem"
              className="rows-item"
              style={style}
              aria-setsize={total ?? rows.length}
              aria-posinset={numbers.get(index)}
              onMouseEnter={() => setNear(keyOf(item))}
              onFocus={() => setNear(keyOf(item))}
              onContextMenu={(event) => {
                if (onMenu === undefined) return
                event.preventDefault()
                onMenu(item, placeOf(event))
              }}
              onMouseDown={(event) => {
                // Else a range of rows would be a selection of their text, too.
                if (event.shiftKey && onPick !== undefined) event.preventDefault()
              }}
            >
              {shows && before?.(item, index === stop)}
              <a
                data-index={index}
                href={address}
                tabIndex={index === stop ? 0 : -1}
                aria-current={on ? 'true' : undefined}
                className={`row ${on ? 'on' : ''} ${picked ? 'picked' : ''}`}
                onClick={(event) => {
                  const pick = event.metaKey || event.ctrlKey || event.shiftKey
                  if (pick && onPick === undefined) return
                  event.preventDefault()
                  if (pick) onPick?.(item, event.shiftKey)
                  else open(item)
                }}
              >
                {render(item)}
              </a>
              {shows && aside?.(item)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

const isRow = (target: EventTarget): boolean => target instanceof Element && target.matches('a.row')

/** Where a menu stands that was asked for by a click there, or by the key for it, which has no place of its own. */
function placeOf({ clientX, clientY, target, currentTarget, button }: MouseEvent<HTMLElement>): MenuPlace {
  const focus = currentTarget.querySelector<HTMLElement>('a.row')
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-cell]')?.dataset['cell'] : undefined
  const anchor =
    button === 2 ? { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) } : (focus ?? currentTarget)
  return { anchor, button: false, cell, focus }
}

/** Keeps what is shown where it is when items come in above it, unless the top is shown. */
function useAnchor<T>(
  scroller: { readonly current: HTMLElement | null },
  items: T[],
  keyOf: (item: T) => string,
  height: (item: T) => number,
): void {
  const before = useRef(items)
  useLayoutEffect(() => {
    const old = before.current
    before.current = items
    const element = scroller.current
    if (element === null || old === items || element.scrollTop < 8) return
    let top = 0
    let index = 0
    while (index < old.length && top + height(old[index]!) <= element.scrollTop) top += height(old[index++]!)
    const anchor = old[index]
    const now = anchor === undefined ? -1 : items.findIndex((item) => keyOf(item) === keyOf(anchor))
    if (now === -1) return
    const moved = items.slice(0, now).reduce((sum, item) => sum + height(item), 0) - top
    if (moved !== 0) element.scrollTop += moved
  }, [items])
}
