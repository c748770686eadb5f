import { useQuery } from '@tanstack/react-query'
import { trafficQueries, type Asked } from '../api/traffic.ts'
import { valueText } from '../lib/filter.ts'
import { count } from '../lib/formats.ts'
import { KEYS_OF, MANY_VALUED } from '../lib/keys.ts'
import { useSettled } from '../parts/settled.ts'

/** Something that what is typed may become. */
export interface Offer {
  /** The whole of what then stands in the field. */
  text: string
  /** What is shown of it, and beside it. */
  title: string
  note: string
  /** A term is whole with it; else a value follows. */
  whole: boolean
}

/** Values of keys that are compared rather than named. */
const COMPARED: Readonly<Record<string, string[]>> = { took: ['>1s', '>5s', '>30s', '>5min'] }

/** The term that is being typed: what stands before it, its key, the values that are done, and the letters of the next. */
export function typedTerm(draft: string) {
  const [, before = '', minus = '', key = '', colon, done = '', letters = ''] =
    /^((?:"(?:[^"\\]|\\.)*"|[^"])*\s)?(-?)([^\s:",]*)(?:(:)((?:(?:"(?:[^"\\]|\\.)*"|[^\s",])*,)*)(.*))?$/.exec(draft) ??
    []
  return { before, minus, key, values: colon === undefined ? undefined : { done, letters: letters.replace(/^"/, '') } }
}

/** Keys until the colon; after it the 20 weightiest values of the window, as the server counts them. */
export function useOffers(draft: string, asked: Asked, enabled: boolean): Offer[] {
  const typed = typedTerm(draft)
  const { key, values } = typed
  const begins = useSettled(values?.letters ?? '', 150)
  const keys = KEYS_OF[asked.of ?? 'actions']
  const isKey = Object.hasOwn(keys, key) || /^(payload|labels)\../.test(key)
  const isAsked =
    values !== undefined && isKey && COMPARED[key] === undefined && (!MANY_VALUED.has(key) || begins.length >= 2)
  const facets = useQuery({ ...trafficQueries.facets(asked, key, begins), enabled: enabled && isAsked })
  const head = `${typed.before}${typed.minus}`
  if (values === undefined) return draft.startsWith('"') ? [] : keysFor(keys, key, head)
  const found: { value: string; note: string; text: string }[] =
    COMPARED[key]?.map((value) => ({ value, note: '', text: value })) ??
    (isAsked ? (facets.data?.values ?? []) : []).map(({ value, count: n }) => ({
      ...{ value, note: count(n) },
      text: valueText(key, value),
    }))
  return found
    .filter(({ value }) => value.toLowerCase().startsWith(values.letters.toLowerCase()))
    .map(({ value, note, text }) => ({
      ...{ title: value, note, whole: true },
      text: `${head}${key}:${values.done}${text}`,
    }))
}

const keysFor = (keys: Readonly<Record<string, string>>, letters: string, head: string): Offer[] =>
  Object.entries(keys)
    .filter(([key]) => key.startsWith(letters.toLowerCase()))
    .map(([key, note]) => ({ text: `${head}${key}:`, title: `${key}:`, note, whole: false }))
