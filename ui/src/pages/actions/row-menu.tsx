import { Menu } from '@base-ui/react/menu'
import type { Row } from '../../api/traffic.ts'
import { usePlace } from '../../frame/url.ts'
import { present, term, withTerm, type Term } from '../../lib/filter.ts'
import { Icon } from '../../parts/icon.tsx'

/** What a row says, as terms: its kind, rule, outcome, who got it, whom it was for, tenant and namespace; each with its opposite. */
function termsOf({ type, rule, outcome, provider, wanted, tenant, ns }: Row): { only: Term; not: Term }[] {
  const of = (key: string, value: string) => ({ only: term(key, value), not: term(key, value, true) })
  return [
    of('type', type),
    rule === null ? { only: present('rule', true), not: present('rule') } : of('rule', rule),
    of('outcome', outcome),
    of('provider', provider),
    ...(wanted === undefined ? [] : [of('wanted', wanted)]),
    of('tenant', tenant),
    of('ns', ns),
  ]
}

/** What can be done with what a row says: filter by it, exclude it, copy the id. */
export function RowMenu({ action }: { action: Row }) {
  const { search, change } = usePlace()
  const q = search['q'] ?? ''
  const add = (by: Term): void => change({ q: withTerm(q, by) })
  return (
    // The row may leave the list with what is chosen; nothing may be left locked behind it.
    <Menu.Root modal={false}>
      <Menu.Trigger className="row-menu" aria-label={`More for ${action.type}`}>
        <Icon name="more" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="over">
          <Menu.Popup className="pop menu">
            {termsOf(action).map(({ only, not }) => (
              <div key={only.text} className="menu-pair">
                <Menu.Item className="menu-item" onClick={() => add(only)}>
                  {only.text}
                </Menu.Item>
                <Menu.Item className="menu-item" onClick={() => add(not)} aria-label={`Exclude ${only.text}`}>
                  Exclude
                </Menu.Item>
              </div>
            ))}
            <Menu.Item className="menu-item" onClick={() => void navigator.clipboard.writeText(action.id)}>
              Copy the id
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
