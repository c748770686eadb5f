import { lazy, type ComponentType } from 'react'
import type { IconName } from './parts/icon.tsx'

export interface Page {
  /** In the address: `/dead-letters`. */
  path: string
  title: string
  icon: IconName
  /** After `G`. */
  key: string
  /** Whether it has a filter and a time range in the top bar. */
  filtered: boolean
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
    filtered: true,
    phone: true,
    body: lazy(() => import('./pages/overview/page.tsx')),
  },
  {
    path: 'actions',
    title: 'Actions',
    icon: 'actions',
    key: 'a',
    filtered: true,
    phone: true,
    body: lazy(() => import('./pages/actions/page.tsx')),
  },
  {
    path: 'events',
    title: 'Events',
    icon: 'events',
    key: 'e',
    filtered: false,
    phone: true,
    body: lazy(() => import('./pages/events/page.tsx')),
  },
  {
    path: 'groups',
    title: 'Groups',
    icon: 'groups',
    key: 'g',
    filtered: false,
    body: lazy(() => import('./pages/groups/page.tsx')),
  },
  {
    path: 'rules',
    title: 'Rules',
    icon: 'rules',
    key: 'r',
    filtered: false,
    body: lazy(() => import('./pages/rules/page.tsx')),
  },
  {
    path: 'providers',
    title: 'Providers',
    icon: 'providers',
    key: 'p',
    filtered: false,
    phone: true,
    body: lazy(() => import('./pages/providers/page.tsx')),
  },
  {
    path: 'dead-letters',
    title: 'Dead letters',
    icon: 'dead-letters',
    key: 'd',
    filtered: false,
    body: lazy(() => import('./pages/dead-letters/page.tsx')),
  },
  {
    path: 'dispatch',
    title: 'Dispatch',
    icon: 'dispatch',
    key: 'n',
    filtered: false,
    second: true,
    body: lazy(() => import('./pages/dispatch/page.tsx')),
  },
  {
    path: 'settings',
    title: 'Settings',
    icon: 'settings',
    key: 's',
    filtered: false,
    second: true,
    body: lazy(() => import('./pages/settings/page.tsx')),
  },
]
