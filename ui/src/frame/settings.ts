import { useSyncExternalStore } from 'react'
import { showTimesIn } from '../lib/formats.ts'
import { remember, remembered } from '../lib/remembered.ts'

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
let preferences: Preferences = { ...defaults, ...remembered<Partial<Preferences>>(KEY) }
showTimesIn(preferences.zone)
const listeners = new Set<() => void>()

export function prefer(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change }
  showTimesIn(preferences.zone)
  remember(KEY, preferences)
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
