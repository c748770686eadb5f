const listening = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `fn` once when the signal aborts; returns how to stop listening. Thousands may listen to one signal: it gets one
 * listener, because an EventTarget walks all it has at each addition, and warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  let listeners = listening.get(signal)
  if (listeners === undefined) {
    const added = (listeners = new Set<() => void>())
    listening.set(signal, added)
    signal.addEventListener('abort', () => {
      for (const listener of [...added]) listener()
      added.clear()
    })
  }
  const own = (): void => fn()
  listeners.add(own)
  return () => void listeners.delete(own)
}
