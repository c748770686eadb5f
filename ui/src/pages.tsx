import { lazy, type ComponentType } from 'react'
import type { Listed } from './lib/keys.ts'
import type { IconName } from './parts/icon.tsx'

export interface Page {
  /** In the address: `/dead-letters`. */
  path: string
  title: string
  icon: IconName
  /** After `G`. */
  key: string
  /** What the filter in the top bar narrows; undefined: it has none. */
  lists?: Listed
  /** The window that it shows where the address names none; undefined: it has no time in the top bar. */
  window?: string
  /** Below the line in the navigation. */
  second?: boolean
  /** In the bar of a phone; the others are behind More. */
  phone?: boolean
  body: ComponentType
}

/** The pages, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  {
    path: 'overview',
    title: 'Overview',
    icon: 'overview',
    key: 'o',
    lists: 'actions',
    window: '-1h',
    phone: true,
    body: lazy(() => import('./pages/overview/page.tsx')),
  },
  {
    path: 'actions',
    title: 'Actions',
    icon: 'actions',
    key: 'a',
    lists: 'actions',
    window: '-1h',
    phone: true,
    body: lazy(() => import('./pages/actions/page.tsx')),
  },
  {
    path: 'events',
    title: 'Events',
    icon: 'events',
    key: 'e',
    lists: 'events',
    window: '-24h',
    phone: true,
    body: lazy(() => import('./pages/events/page.tsx')),
  },
  {
    path: 'groups',
    title: 'Groups',
    icon: 'groups',
    key: 'g',
    lists: 'groups',
    body: lazy(() => import('./pages/groups/page.tsx')),
  },
  {
    path: 'rules',
    title: 'Rules',
    icon: 'rules',
    key: 'r',
    body: lazy(() => import('./pages/rules/page.tsx')),
  },
  {
    path: 'providers',
    title: 'Providers',
    icon: 'providers',
    key: 'p',
    phone: true,
    body: lazy(() => import('./pages/providers/page.tsx')),
  },
  {
    path: 'dead-letters',
    title: 'Dead letters',
    icon: 'dead-letters',
    key: 'd',
    lists: 'dead_letters',
    body: lazy(() => import('./pages/dead-letters/page.tsx')),
  },
  {
    path: 'dispatch',
    title: 'Dispatch',
    icon: 'dispatch',
    key: 'n',
    second: true,
    body: lazy(() => import('./pages/dispatch/page.tsx')),
  },
  {
    path: 'settings',
    title: 'Settings',
    icon: 'settings',
    key: 's',
    second: true,
    body: lazy(() => import('./pages/settings/page.tsx')),
  },
]

/** The page of an address; undefined: there is none. */
export const pageAt = (path: string): Page | undefined => PAGES.find((page) => page.path === path)
