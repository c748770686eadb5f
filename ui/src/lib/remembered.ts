/** What this browser remembers under a name; undefined: nothing that can be read, or storage is forbidden. */
export function remembered<T>(name: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? 'null') as T | null) ?? undefined
  } catch {
    return undefined
  }
}

/** Has this browser remember it. Where storage is forbidden it holds until the page is left. */
export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value))
  } catch {
    // Nothing depends on it.
  }
}
