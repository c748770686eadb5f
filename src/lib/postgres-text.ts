/**
 * PostgreSQL's text holds every character but NUL, and no half of a surrogate pair. Both are escaped behind a character of
 * the private use area, and that character itself too, in every text that is passed; texts of JSON have neither.
 */
const MARK = '\ue000'
const RARE = /[\u0000\ue000]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const ESCAPED = /\ue000([0-9a-f]{4})/g

const isPlain = (text: string): boolean => text.search(RARE) < 0

/** A text as PostgreSQL takes it. */
export const escaped = (text: string): string =>
  isPlain(text) ? text : text.replace(RARE, (rare) => MARK + rare.charCodeAt(0).toString(16).padStart(4, '0'))

/** The text that was passed. */
export const unescaped = (text: string): string =>
  text.includes(MARK)
    ? text.replace(ESCAPED, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** What a function gets: JSON, with every text in it escaped. Names of members are ours. */
export const argumentText = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) => (typeof member === 'string' ? escaped(member) : member))

/** What was passed as JSON text. */
export const stored = <T>(text: string): T => JSON.parse(unescaped(text)) as T

/** What a function made, of texts that were passed; names of members are ours. */
export const composed = <T>(text: string): T =>
  (text.includes(MARK)
    ? JSON.parse(text, (_name, member: unknown) => (typeof member === 'string' ? unescaped(member) : member))
    : JSON.parse(text)) as T

/** An answer that has no texts of JSON in it, with its texts as they were passed. */
export function plain<T>(value: T): T {
  if (typeof value === 'string') return unescaped(value) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain) as T
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member as unknown)])) as T
}
