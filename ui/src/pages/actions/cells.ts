import type { Row } from '../../api/traffic.ts'
import { present, term, type Term } from '../../lib/filter.ts'

/** What a cell of a row says, as a term, with its opposite and the bare value. */
export interface CellTerm {
  only: Term
  not: Term
  value: string
}

/**
 * What a row says: its kind, rule, outcome, who got it, whom it was for, tenant and namespace.
 * @param cell the key of the cell that was pointed at, which comes first
 */
export function termsOf({ type, rule, outcome, provider, wanted, tenant, ns }: Row, cell?: string): CellTerm[] {
  const of = (key: string, value: string): [string, CellTerm] => [
    key,
    { only: term(key, value), not: term(key, value, true), value },
  ]
  const cells = [
    of('type', type),
    rule === null
      ? (['rule', { only: present('rule', true), not: present('rule'), value: '' }] as [string, CellTerm])
      : of('rule', rule),
    of('outcome', outcome),
    of('provider', provider),
    ...(wanted === undefined ? [] : [of('wanted', wanted)]),
    of('tenant', tenant),
    of('ns', ns),
  ]
  const first = cells.filter(([key]) => key === cell)
  return [...first, ...cells.filter(([key]) => key !== cell)].map(([, found]) => found)
}
