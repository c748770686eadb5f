import { term, withTerm, type Term } from '../lib/filter.ts'
import type { Act } from './acts.ts'

type Change = (parameters: Record<string, string | undefined>) => void

/** What `F` and `X` do with what is selected: the filter takes it, or leaves it out. `q`: the present filter. */
export function filterActs(by: Term, q: string, change: Change): Act[] {
  const not = term(by.key, by.values, true)
  return [
    { title: `Filter by ${by.text}`, key: 'f', run: () => change({ q: withTerm(q, by) }) },
    { title: `Exclude ${by.text}`, key: 'x', run: () => change({ q: withTerm(q, not), open: undefined }) },
  ]
}
