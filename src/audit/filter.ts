import { nearest } from '../lib/suggest.js'

/** What one value of a term asks for. Values are as written, without quotes; what they mean depends on the key. */
export type FilterValue =
  | { is: 'present' }
  | { is: 'equals'; value: string }
  | { is: 'like'; pattern: string }
  | { is: 'compare'; operator: FilterOperator; value: string }
  | { is: 'range'; from: string; to: string }

export type FilterOperator = '>' | '>=' | '<' | '<='

/** One term of a filter. The terms of a filter hold together; the values of one term are alternatives. */
export type FilterChip =
  { kind: 'field'; not: boolean; key: string; values: FilterValue[] } | { kind: 'text'; not: boolean; text: string }

/** What is wrong with a filter, from `start` up to, not including, `end`, in UTF-16 units of the text. */
export interface FilterProblem {
  start: number
  end: number
  message: string
}

/** As they stand on the wire; `held_back` is taken too, because it needs no quotes. */
const RESULTS = ['delivered', 'held back', 'waiting', 'broken']
const WORD_KEYS =
  'outcome result rule type provider wanted tenant ns event group key caller signer severity state id trace chain replayed'.split(
    ' ',
  )
const NUMBER_KEYS = ['took', 'attempts', 'status']
/** All keys, besides `payload.…` and `labels.…`. */
export const FILTER_KEYS: readonly string[] = [...WORD_KEYS, ...NUMBER_KEYS]
const DURATION = /^\d+(\.\d+)?(ms|s|min|h|d)$/
const COUNT = /^\d+$/
const LONGEST = 2_000
const UNCLOSED = 'the quote that begins here is not closed; close it with ", and write a " inside it as \\"'

const isPath = (key: string): boolean => /^(payload|labels)\../.test(key)

/** Says what is wrong with a value for its key, or nothing. */
function wrongValue(key: string, value: FilterValue): string | undefined {
  if (value.is === 'present' || isPath(key)) return undefined
  if (NUMBER_KEYS.includes(key)) {
    if (value.is === 'like') return `${key} is a number; compare it, as in ${key}:>2 or ${key}:1..5, without *`
    const parts = value.is === 'range' ? [value.from, value.to] : [value.value]
    const bad = parts.find((part) => !(key === 'took' ? DURATION : COUNT).test(part))
    if (bad === undefined) return undefined
    const wanted = key === 'took' ? 'a time such as 250ms, 2s or 5min' : 'a whole number'
    return `${key} takes ${wanted}, found "${bad}"`
  }
  if (value.is === 'compare' || value.is === 'range') return `${key} is a word and has no order; write ${key}:value`
  if (key === 'result' && value.is === 'equals' && !RESULTS.includes(value.value.replace('_', ' ')))
    return `result is one of ${RESULTS.join(', ').replace('held back', 'held_back')}; found "${value.value}"`
  return undefined
}

function wrongKey(key: string): string | undefined {
  if (isPath(key) || WORD_KEYS.includes(key) || NUMBER_KEYS.includes(key)) return undefined
  const near = nearest(key, FILTER_KEYS)
  if (near !== undefined) return `there is no key "${key}"; did you mean "${near}"?`
  return `there is no key "${key}"; the keys are ${[...FILTER_KEYS, 'payload.<path>', 'labels.<name>'].join(', ')}`
}

function bareValue(word: string): FilterValue | string {
  if (word === '') return 'a value is missing here'
  if (word === '*') return { is: 'present' }
  const dots = word.indexOf('..')
  if (dots >= 0) {
    const [from, to] = [word.slice(0, dots), word.slice(dots + 2)]
    if (from === '' || to === '' || to.includes('..')) return `a range has two ends, as in 500..599; found "${word}"`
    return { is: 'range', from, to }
  }
  return word.includes('*') ? { is: 'like', pattern: word } : { is: 'equals', value: word }
}

/**
 * Reads the text of a filter: terms joined by space, `key:a,b`, `-key:value`, `key:*`, `key:>2s`, `key:500..599`,
 * `key:dead*`, `"text"`. A term with a problem is no chip: whoever finds problems must not run the rest.
 */
export function parseFilter(text: string): { chips: FilterChip[]; problems: FilterProblem[] } {
  if (text.length > LONGEST) {
    const message = `a filter has at most ${LONGEST} characters; this one has ${text.length}`
    return { chips: [], problems: [{ start: LONGEST, end: text.length, message }] }
  }
  const chips: FilterChip[] = []
  const problems: FilterProblem[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const takeQuoted = (): string | undefined =>
    take(/"(?:[^"\\]|\\["\\])*"/y)
      ?.slice(1, -1)
      .replace(/\\(["\\])/g, '$1')
  const takeValue = (): FilterValue | string => {
    const operator = take(/[<>]=?/y) as FilterOperator | undefined
    const value = takeQuoted() ?? (operator === undefined ? undefined : take(/[^\s,"]+/y))
    if (value === undefined && text.charAt(at) === '"') return UNCLOSED
    if (operator !== undefined)
      return value === undefined ? `a value is missing after ${operator}` : { is: 'compare', operator, value }
    return value === undefined ? bareValue(take(/[^\s,"]*/y) ?? '') : { is: 'equals', value }
  }
  const takeTerm = (): FilterChip | FilterProblem => {
    const start = at
    const not = take(/-/y) !== undefined
    const quoted = takeQuoted()
    const ends = (): boolean => at >= text.length || /\s/.test(text.charAt(at))
    const fail = (from: number, message: string): FilterProblem => {
      // What is not closed reaches to the end.
      take(message === UNCLOSED ? /[^]*/y : /\S*/y)
      return { start: from, end: at, message }
    }
    if (quoted !== undefined)
      return ends() ? { kind: 'text', not, text: quoted } : fail(at, 'expected a space after the closing quote')
    const keyAt = at
    const key = take(/[^\s:",]+(?=:)/y)
    if (key === undefined && text.charAt(keyAt) === '"') return fail(keyAt, UNCLOSED)
    if (key === undefined) return fail(start, 'expected key:value, or words to look for in "quotes"')
    const unknown = wrongKey(key)
    if (unknown !== undefined) {
      at = keyAt + key.length
      const problem = { start: keyAt, end: at, message: unknown }
      take(/(?:"(?:[^"\\]|\\["\\])*"|\S)*/y)
      return problem
    }
    const values: FilterValue[] = []
    do {
      at += 1
      const valueAt = at
      const value = takeValue()
      const wrong = typeof value === 'string' ? value : wrongValue(key, value)
      if (wrong !== undefined) return fail(valueAt, wrong)
      if (typeof value !== 'string') values.push(value)
    } while (text.charAt(at) === ',')
    return ends() ? { kind: 'field', not, key, values } : fail(at, 'expected a comma or a space after the value')
  }
  for (take(/\s*/y); at < text.length; take(/\s*/y)) {
    const term = takeTerm()
    if ('kind' in term) chips.push(term)
    else problems.push(term)
  }
  return { chips, problems }
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

function formatValue(value: FilterValue): string {
  switch (value.is) {
    case 'present':
      return '*'
    case 'equals':
      return value.value === '' || /[\s,"*]|\.\.|^[<>]/.test(value.value) ? quote(value.value) : value.value
    case 'like':
      return value.pattern
    case 'compare':
      return value.operator + (value.value === '' || /[\s,"]|^=/.test(value.value) ? quote(value.value) : value.value)
    case 'range':
      return `${value.from}..${value.to}`
  }
}

/** Writes chips as the text that `parseFilter` reads back into the same chips. */
export function formatFilter(chips: readonly FilterChip[]): string {
  return chips
    .map((chip) => {
      const term = chip.kind === 'text' ? quote(chip.text) : `${chip.key}:${chip.values.map(formatValue).join(',')}`
      return chip.not ? `-${term}` : term
    })
    .join(' ')
}
