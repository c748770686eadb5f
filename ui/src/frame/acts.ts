import { useEffect, useSyncExternalStore } from 'react'

/** Something a person can do here, by button, key or palette. */
export interface Act {
  /** `Replay act_…7RZ4`. */
  title: string
  /** A single letter, `Escape`, `Enter`, an arrow. */
  key?: string | undefined
  /** Why it cannot be done now; it is shown disabled with this. */
  refused?: string | undefined
  /** Not shown in the palette: moving about. */
  quiet?: boolean
  run: () => void
}

let layers: { acts: Act[] }[] = []
let snapshot: Act[] = []
const listeners = new Set<() => void>()
const changed = (): void => {
  // What was opened last comes first, and takes the key.
  snapshot = layers.toReversed().flatMap(({ acts }) => acts)
  for (const listener of listeners) listener()
}

/** Offers acts while the component is shown: their keys work, and the palette lists them. Pass a memoised array. */
export function useActs(acts: Act[]): void {
  useEffect(() => {
    const layer = { acts }
    layers = [...layers, layer]
    changed()
    return () => {
      layers = layers.filter((other) => other !== layer)
      changed()
    }
  }, [acts])
}

export const currentActs = (): Act[] => snapshot
export const useCurrentActs = (): Act[] =>
  useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentActs)
