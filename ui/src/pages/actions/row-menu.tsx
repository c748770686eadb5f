import { Menu } from '@base-ui/react/menu'
import { useRef } from 'react'
import type { Row } from '../../api/traffic.ts'
import { copyText } from '../../frame/copy.ts'
import { usePlace } from '../../frame/url.ts'
import { withTerm, type Term } from '../../lib/filter.ts'
import type { MenuPlace } from '../../parts/list.tsx'
import { Icon } from '../../parts/icon.tsx'
import { termsOf } from './cells.ts'
import type { ActionRow } from './rows.ts'

export interface RowMenuProps {
  action: Row
  /** Where it was asked for: its button, or a point, and the cell that was pointed at. */
  place: MenuPlace
  /** Whether the row is selected, and how many actions stand in it. */
  picked: boolean
  count: number
  pick: () => void
  close: () => void
}

/** What can be done with what a row says: filter by each of its cells, exclude it, copy it; the cell that was pointed at comes first. */
export function RowMenu({ action, place, picked, count, pick, close }: RowMenuProps) {
  const { search, change, here } = usePlace()
  const q = search['q'] ?? ''
  const add = (by: Term): void => change({ q: withTerm(q, by) })
  // Where the focus was; the row may leave the list with what is chosen.
  const back = useRef(place.focus)
  return (
    <Menu.Root open modal={false} onOpenChange={(open) => open || close()}>
      <Menu.Portal>
        <Menu.Positioner anchor={place.anchor} sideOffset={4} align={place.button ? 'end' : 'start'} className="over">
          <Menu.Popup className="pop menu" aria-label={`More for ${action.type}`} finalFocus={back}>
            {termsOf(action, place.cell).map(({ only, not, value }) => (
              <div key={only.text} className="menu-row" role="group" aria-label={only.text}>
                <Menu.Item className="menu-item" onClick={() => add(only)}>
                  {only.text}
                </Menu.Item>
                <Menu.Item className="menu-item" onClick={() => add(not)} aria-label={`Exclude ${only.text}`}>
                  Exclude
                </Menu.Item>
                <Menu.Item
                  className="menu-item"
                  disabled={value === ''}
                  onClick={() => void copyText(value, value)}
                  aria-label={`Copy ${value}`}
                >
                  Copy
                </Menu.Item>
              </div>
            ))}
            <Menu.Item className="menu-item" onClick={pick}>
              {picked ? 'Deselect' : 'Select'} {count > 1 ? `these ${count}` : 'this'}
            </Menu.Item>
            <Menu.Item
              className="menu-item"
              onClick={() => void copyText(`${location.origin}${here({ open: action.id })}`, 'The link')}
            >
              Copy the link
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => void copyText(action.id, 'The id')}>
              Copy the id
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

/** The button of the row's menu. */
export function MenuButton({ action, open, press }: { action: Row; open: boolean; press: (place: MenuPlace) => void }) {
  return (
    <button
      type="button"
      className="row-menu"
      aria-label={`More for ${action.type}`}
      aria-haspopup="menu"
      aria-expanded={open}
      data-popup-open={open ? '' : undefined}
      onClick={({ currentTarget }) =>
        press({ anchor: currentTarget, button: true, cell: undefined, focus: currentTarget })
      }
    >
      <Icon name="more" />
    </button>
  )
}

/** Selects a row; with Shift all from the last one up to this. */
export function Tick({
  row: { action, folded },
  checked,
  stop,
  pick,
}: {
  row: ActionRow
  checked: boolean
  stop: boolean
  pick: (range: boolean) => void
}) {
  const range = useRef(false)
  const what = `${action.type} ${action.subject ?? action.id}`
  return (
    <label className="row-tick">
      <span className="heard">
        Select {what}
        {folded.length > 0 && ` and ${folded.length} like it`}
      </span>
      <input
        type="checkbox"
        tabIndex={stop ? 0 : -1}
        checked={checked}
        onClick={({ shiftKey }) => {
          range.current = shiftKey
        }}
        onChange={() => pick(range.current)}
      />
    </label>
  )
}
