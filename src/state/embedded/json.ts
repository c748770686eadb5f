/** What was stored as JSON text. */
export const parsed = <T>(text: string): T => JSON.parse(text) as T
