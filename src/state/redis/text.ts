/** What was stored as JSON text. */
export const parsed = <T>(text: string): T => JSON.parse(text) as T

/** An escape that stands for half of a character; a script's decoder takes none, and nobody can mean one. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/gi

/** A small structure for a script to read. It has no null: Lua has one nil, for what is left out. */
export function controlText(value: object): string {
  const text = JSON.stringify(value)
  return text.includes('\\ud') ? text.replace(LONE_SURROGATE, '$1\ufffd') : text
}

/** A reply of a script: texts and lists of them. */
export type Reply = string | Reply[]
export type Row = Record<string, string>

export const listOf = (reply: Reply | undefined): Reply[] => reply as Reply[]
export const textOf = (reply: Reply | undefined): string => reply as string
export const numberOf = (reply: Reply | undefined): number => Number(reply as string)
export const numberOrNull = (text: string | undefined): number | null =>
  text === undefined || text === '' ? null : Number(text)

/** A hash as it comes: names and values in turn. Null when it is empty, which is a hash that is not there. */
export function rowOf(reply: Reply | undefined): Row | null {
  const flat = reply as string[]
  if (flat.length === 0) return null
  const row: Row = {}
  for (let i = 0; i < flat.length; i += 2) row[flat[i]!] = flat[i + 1]!
  return row
}
