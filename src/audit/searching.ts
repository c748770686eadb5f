/** The bounds of a query (spec section 9). */
export const QUERY_BOUNDS = { records: 100_000, ms: 2_000, total: 10_000, offset: 10_000, limit: 1_000 }

/** Whether a record's JSON holds a text, in any case; as typed, or as JSON writes it (`say "hi"`). */
export function textTest(text: string): (json: string) => boolean {
  const typed = text.toLowerCase()
  const written = JSON.stringify(text).slice(1, -1).toLowerCase()
  return (json) => {
    const lower = json.toLowerCase()
    return lower.includes(typed) || (written !== typed && lower.includes(written))
  }
}
