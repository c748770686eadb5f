import { useQuery } from '@tanstack/react-query'
import { queries, useNeeds } from '../api/queries.ts'
import { time } from '../lib/formats.ts'
import { pageAt, PAGES, type Page } from '../pages.tsx'
import { Icon } from '../parts/icon.tsx'
import { PopOver } from '../parts/pop-over.tsx'
import { A } from './link.tsx'
import { ScopePicker } from './scope.tsx'
import { hrefOf, usePlace } from './url.ts'

/** The address of a page with the present scope and time, and with the filter where it is about the same things. */
function useHref(): (page: Page) => string {
  const { scope, search, page: present } = usePlace()
  return (page) => {
    const { q, from, to, live } = search
    const carried = page.lists !== undefined && page.lists === pageAt(present)?.lists
    return hrefOf({ scope, page: page.path }, carried ? { q, from, to, live } : { from, to, live })
  }
}

export function Navigation() {
  const { page: present, scope } = usePlace()
  const needs = useNeeds(scope)
  const rules = useQuery(queries.rulesStatus())
  const href = useHref()
  const item = (page: Page) => {
    const need = needs[page.path]
    return (
      <A
        key={page.path}
        href={href(page)}
        className={present === page.path ? 'on' : ''}
        aria-current={present === page.path ? 'page' : undefined}
        title={page.title}
      >
        <Icon name={page.icon} />
        <span className="t">{page.title}</span>
        {need !== undefined && <span className={`n ${need.tone}`}>{need.text}</span>}
      </A>
    )
  }
  return (
    <nav className="nav" aria-label="Main">
      <div className="brand">
        <svg width="20" height="20" aria-hidden="true">
          <use href="#logo" />
        </svg>
        <span className="t">Acteon</span>
      </div>
      <ScopePicker />
      {PAGES.filter(({ second }) => second !== true).map(item)}
      {PAGES.some(({ second }) => second === true) && <hr />}
      {PAGES.filter(({ second }) => second === true).map(item)}
      {rules.data !== undefined && (
        <div className="foot t" title={`Rules version ${rules.data.version}`}>
          {rules.data.loaded} rules, read {time(Date.parse(rules.data.loaded_at), { now: Date.now() })}
          {rules.data.errors.length > 0 && (
            <span className="f-broken">
              <br />
              The files have errors
            </span>
          )}
        </div>
      )}
    </nav>
  )
}

/** The bar of a phone: what is needed at night, the rest behind More. */
export function PhoneBar() {
  const { page: present, scope } = usePlace()
  const needs = useNeeds(scope)
  const href = useHref()
  const behind = PAGES.filter(({ phone }) => phone !== true)
  return (
    <nav className="tabs" aria-label="Main">
      {PAGES.filter(({ phone }) => phone === true).map((page) => (
        <A
          key={page.path}
          href={href(page)}
          className={present === page.path ? 'on' : ''}
          aria-current={present === page.path ? 'page' : undefined}
        >
          <Icon name={page.icon} size={20} />
          {page.title}
          {needs[page.path] !== undefined && <i>{needs[page.path]!.text}</i>}
        </A>
      ))}
      <PopOver
        className={behind.some(({ path }) => path === present) ? 'on' : ''}
        name="More pages"
        align="end"
        trigger={
          <>
            <Icon name="more" size={20} />
            More
          </>
        }
      >
        {(close) => (
          <ul className="choices">
            {behind.map((page) => (
              <li key={page.path}>
                <A
                  href={href(page)}
                  className="menu-item"
                  aria-current={present === page.path ? 'page' : undefined}
                  onClick={close}
                >
                  <Icon name={page.icon} />
                  {page.title}
                  {needs[page.path] !== undefined && (
                    <span className={`n f-${needs[page.path]!.tone}`}>{needs[page.path]!.text}</span>
                  )}
                </A>
              </li>
            ))}
          </ul>
        )}
      </PopOver>
    </nav>
  )
}
