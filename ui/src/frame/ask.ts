import { useSyncExternalStore } from 'react'

export interface Question {
  title: string
  /** What will happen, to how many. */
  text: string
  /** On the button: `Discard 37`. */
  yes: string
}
let open: (Question & { done: (agreed: boolean) => void }) | null = null
const listeners = new Set<() => void>()
const changed = (): void => {
  for (const listener of listeners) listener()
}

/** Asks before something that touches more than one target. @returns whether the person agreed */
export const confirm = (question: Question): Promise<boolean> =>
  new Promise((done) => {
    open?.done(false)
    open = { ...question, done }
    changed()
  })

/** Answers the question that is asked. */
export function reply(agreed: boolean): void {
  open?.done(agreed)
  open = null
  changed()
}

/** The question that is asked now. */
export const useAsked = (): Question | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => open,
  )
