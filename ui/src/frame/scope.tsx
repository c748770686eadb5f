import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Scope } from '../api/queries.ts'
import { trafficQueries } from '../api/traffic.ts'
import { remember, remembered } from '../lib/remembered.ts'
import { Icon } from '../parts/icon.tsx'
import { PopOver } from '../parts/pop-over.tsx'
import { hrefOf, usePlace } from './url.ts'

const RECENT = 'acteon.scopes'
const MOST_RECENT = 5
export const scopeTitle = ({ tenant, namespace }: Scope): string => `${tenant ?? 'all'} / ${namespace ?? 'all'}`
const same = (a: Scope, b: Scope): boolean => a.tenant === b.tenant && a.namespace === b.namespace

const recent = (): Scope[] => remembered<Scope[]>(RECENT) ?? []

const DAY_MS = 86_400_000
const MOST_SCOPES = 200

/**
 * The scopes that can be named: those used last, tenants with traffic since yesterday, and the namespaces of one of them.
 * @param typed narrows tenants; a tenant that is typed in full is the one whose namespaces are named
 */
export function useScopes(typed = ''): Scope[] {
  const { scope } = usePlace()
  const [fromMs] = useState(() => Math.floor((Date.now() - DAY_MS) / 60_000) * 60_000)
  const [begins = '', rest] = typed.split('/').map((part) => part.trim())
  const facet = (tenant: string | undefined, key: string, text: string) =>
    trafficQueries.facets({ scope: { tenant }, q: '', fromMs, toMs: null }, key, text)
  const tenants = useQuery(facet(undefined, 'tenant', begins === 'all' ? '' : begins)).data?.values ?? []
  const tenant = rest !== undefined ? begins : (tenants.find(({ value }) => value === begins)?.value ?? scope.tenant)
  const namespaces = useQuery(facet(tenant, 'ns', '')).data?.values ?? []
  const scopes: Scope[] = [{}, ...recent()]
  const add = (found: Scope): void => {
    if (!scopes.some((other) => same(other, found))) scopes.push(found)
  }
  if (tenant !== undefined) for (const { value } of namespaces) add({ tenant, namespace: value })
  for (const { value } of tenants) add({ tenant: value })
  return scopes.slice(0, MOST_SCOPES)
}

/** Whose actions are shown; part of the path, so that a link carries it. */
export function ScopePicker() {
  const { scope } = usePlace()
  return (
    <PopOver
      className="scope"
      name="Scope"
      trigger={
        <>
          <span className="t">
            <small>Tenant / namespace</small>
            <b>{scopeTitle(scope)}</b>
          </span>
          <Icon name="choose" size={14} />
        </>
      }
    >
      {(close) => <Choices done={close} />}
    </PopOver>
  )
}

function Choices({ done }: { done: () => void }) {
  const { page, item, search, go, scope: present } = usePlace()
  const [text, setText] = useState('')
  const scopes = useScopes(text).filter((scope) => scopeTitle(scope).toLowerCase().includes(text.toLowerCase()))
  const typed = typedScope(text)
  const choose = (scope: Scope): void => {
    remember(RECENT, [scope, ...recent().filter((other) => !same(other, scope))].slice(0, MOST_RECENT))
    go(hrefOf({ scope, page, item }, { ...search, open: undefined }))
    done()
  }
  return (
    <form
      className="choices"
      onSubmit={(event) => {
        event.preventDefault()
        const scope = scopes[0] ?? typed
        if (scope !== undefined) choose(scope)
      }}
    >
      <input
        className="input"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="tenant / namespace"
        aria-label="Tenant and namespace"
        autoFocus
      />
      {scopes.slice(0, 8).map((scope) => (
        <button
          key={scopeTitle(scope)}
          type="button"
          className="menu-item"
          aria-current={same(scope, present) ? 'true' : undefined}
          onClick={() => choose(scope)}
        >
          {scopeTitle(scope)}
        </button>
      ))}
      {typed !== undefined && !scopes.some((scope) => same(scope, typed)) && (
        <button type="button" className="menu-item" onClick={() => choose(typed)}>
          Go to {scopeTitle(typed)}
        </button>
      )}
    </form>
  )
}

function typedScope(text: string): Scope | undefined {
  const [tenant, namespace] = text.split('/').map((part) => part.trim())
  if (tenant === undefined || tenant === '') return undefined
  const named = (part: string | undefined) => (part === undefined || part === '' || part === 'all' ? undefined : part)
  return { tenant: named(tenant), namespace: named(namespace) }
}
