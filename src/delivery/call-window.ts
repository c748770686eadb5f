const PARTS = 10

/** How calls ended within the last `windowMs`, counted in ten parts of it: what is older than that is forgotten part by part. */
export interface CallWindow {
  add(failed: boolean): void
  clear(): void
  /** Within the window. */
  readonly counts: { calls: number; failures: number }
}

/** @param now monotonic time, milliseconds */
export function callWindow(windowMs: number, now: () => number): CallWindow {
  const partMs = windowMs / PARTS
  let parts: { since: number; calls: number; failures: number }[] = []
  const forget = (): void => {
    const from = now() - windowMs
    parts = parts.filter(({ since }) => since > from)
  }
  return {
    add(failed) {
      forget()
      let part = parts.at(-1)
      if (part === undefined || now() - part.since >= partMs)
        parts.push((part = { since: now(), calls: 0, failures: 0 }))
      part.calls++
      if (failed) part.failures++
    },
    clear() {
      parts = []
    },
    get counts() {
      forget()
      return parts.reduce(
        (sum, { calls, failures }) => ({ calls: sum.calls + calls, failures: sum.failures + failures }),
        { calls: 0, failures: 0 },
      )
    },
  }
}
