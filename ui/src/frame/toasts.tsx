import { lazy, Suspense, useSyncExternalStore } from 'react'

export interface Told {
  title: string
  description?: string | undefined
  error: boolean
  undo?: (() => void) | undefined
}
const List = lazy(() => import('./toast-list.tsx'))

// What is said before the list is there; it takes these over, and is told all that comes later.
const waiting: Told[] = []
let tell: ((told: Told) => void) | undefined
let wanted = false
const listeners = new Set<() => void>()

/** Says what became of something the person did and cannot see in place; an error stays until it is closed. */
export function toast(title: string, options: { description?: string; error?: boolean; undo?: () => void } = {}): void {
  const told = { title, ...options, error: options.error === true }
  if (tell !== undefined) return tell(told)
  waiting.push(told)
  wanted = true
  for (const listener of listeners) listener()
}
/** What went wrong, with what the server said. */
export const toastError = (title: string, error: unknown): void =>
  toast(title, { description: error instanceof Error ? error.message : String(error), error: true })

/** Called by the list once it can show something. */
export function takeOver(teller: (told: Told) => void): void {
  tell = teller
  for (const told of waiting.splice(0)) teller(told)
}

/** Where they are shown, from the first one on. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => wanted,
  )
  return shown ? (
    <Suspense>
      <List />
    </Suspense>
  ) : null
}
