/** What an action is about: the first of the usual members of its payload; empty where it has none. */
export function subjectOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return ''
  const fields = payload as Record<string, unknown>
  for (const name of ['summary', 'title', 'subject', 'message', 'service'])
    if (typeof fields[name] === 'string') return fields[name]
  return ''
}
