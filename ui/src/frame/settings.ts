import { useSyncExternalStore } from 'react'
import { showTimesIn } from '../lib/formats.ts'

/** What a person set for this browser. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  /** Single letters as keys (WCAG 2.1.4). */
  letters: boolean
  /** The side bar shows icons alone. */
  narrow: boolean
  /** IANA zone; the browser's own when absent. */
  zone?: string
}
const KEY = 'acteon'
const defaults: Preferences = { theme: 'system', letters: true, narrow: false }
let preferences: Preferences = read()
showTimesIn(preferences.zone)
const listeners = new Set<() => void>()

function read(): Preferences {
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) }
  } catch {
    // Storage may be forbidden, or hold something else; the defaults do.
    return defaults
  }
}

export function prefer(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change }
  showTimesIn(preferences.zone)
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Then it holds until the page is left.
  }
  showTheme()
  for (const listener of listeners) listener()
}

export function showTheme(): void {
  if (preferences.theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = preferences.theme
}
export const preferred = (): Preferences => preferences
export const usePreferences = (): Preferences =>
  useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, preferred)
