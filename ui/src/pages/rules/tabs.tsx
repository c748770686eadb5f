import type { ReactNode } from 'react'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { Icon } from '../../parts/icon.tsx'

export type Tab = 'rule' | 'history' | 'playground'

/** Where one is among the rules, the ways to look at one, and what belongs beside them. */
export function Tabs({ rule, at, children }: { rule: string | undefined; at: Tab; children?: ReactNode }) {
  const { scope } = usePlace()
  const to = (tab: Tab): string =>
    hrefOf({ scope, page: 'rules', item: rule }, { tab: tab === 'rule' ? undefined : tab })
  const tabs: [Tab, string][] = [
    ['rule', rule === undefined ? 'In order' : 'Rule'],
    ['history', 'History'],
    ['playground', 'Playground'],
  ]
  return (
    <div className="rule-head">
      {rule !== undefined && (
        <nav className="crumb" aria-label="Where this is">
          <A href={hrefOf({ scope, page: 'rules' })} className="btn ghost small">
            <Icon name="back" size={14} /> Rules
          </A>
          <b>{rule}</b>
        </nav>
      )}
      <nav className="seg" aria-label={rule === undefined ? 'Rules' : `Of ${rule}`}>
        {tabs.map(([tab, title]) => (
          <A key={tab} href={to(tab)} className={tab === at ? 'on' : ''} aria-current={tab === at ? 'page' : undefined}>
            {title}
          </A>
        ))}
      </nav>
      {children}
    </div>
  )
}
