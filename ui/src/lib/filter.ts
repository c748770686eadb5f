/**
 * The filter's text, cut into terms to be shown and edited; what a term means, and whether it may be asked, the server
 * says. Terms keep the text that they were written in: `key:value`, `key:a,b` (or), `-key:value` (not), `"text"`.
 */
export interface Term {
  /** As it is written. */
  text: string
  /** Where it stands in the filter, in UTF-16 units. */
  start: number
  end: number
  /** Empty for plain text. */
  key: string
  values: string[]
  not: boolean
}

const BODY = String.raw`(?:"(?:[^"\\]|\\.)*"|"[^]*|[^\s"])`
const TERM = new RegExp(String.raw`(-?)(?:([^\s:",]+):(${BODY}*)|(${BODY}+))`, 'g')

export function parseFilter(text: string): Term[] {
  return [...text.matchAll(TERM)].map((found) => {
    const [whole, minus, key = '', values, plain = ''] = found
    return {
      ...{ text: whole, start: found.index, end: found.index + whole.length, key },
      values: valuesOf(values ?? plain),
      not: minus === '-',
    }
  })
}

function valuesOf(text: string): string[] {
  const values = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
  )
  return values.length === 0 ? [''] : values
}

/** What would mean something else without quotes. */
const NEEDS_QUOTES = /[\s,"*]|\.\.|^[<>]|^$/
const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** A value as it is written after its key; those of `result` are words without spaces. */
export const valueText = (key: string, value: string): string =>
  key === 'result' ? value.replaceAll(' ', '_') : NEEDS_QUOTES.test(value) ? quote(value) : value

/** A term that asks for exactly these values, any of them. */
export function term(key: string, value: string | readonly string[], not = false): Term {
  const values = typeof value === 'string' ? [value] : [...value]
  const written = key === '' ? quote(values[0] ?? '') : `${key}:${values.map((one) => valueText(key, one)).join(',')}`
  const text = `${not ? '-' : ''}${written}`
  return { text, start: 0, end: text.length, key, values, not }
}

/** A term that asks for there being any value, or none. */
export function present(key: string, not = false): Term {
  const text = `${not ? '-' : ''}${key}:*`
  return { text, start: 0, end: text.length, key, values: ['*'], not }
}

export const termText = ({ text }: Term): string => text
export const filterText = (terms: readonly Term[]): string => terms.map(termText).join(' ')

/** What was typed, as a filter: words without a key are looked for as they are. */
export function typedFilter(typed: string): string {
  const terms = parseFilter(typed)
  const isText = terms.length > 0 && terms.every(({ key, text }) => key === '' && !text.includes('"'))
  return isText ? term('', typed.trim()).text : filterText(terms)
}

/** Puts terms in, each in place of what it contradicts: the same key and value, said the other way round. */
export function withTerm(text: string, ...added: Term[]): string {
  const bare = ({ text: of, not }: Term): string => (not ? of.slice(1) : of)
  const others = parseFilter(text).filter((other) => !added.some((one) => bare(one) === bare(other)))
  return filterText([...others, ...added])
}
