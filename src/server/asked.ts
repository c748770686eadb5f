import type { FilterChip } from '../audit/filter.js'
import { indexed } from './matching.js'
import type { Window } from './window.js'

/** What is asked for: the terms of a filter, a window of time, and what a page is narrowed to. */
export interface Asked extends Window {
  chips: FilterChip[]
  namespace?: string | undefined
  tenant?: string | undefined
}

/** What a store is asked for; `whole`: nothing is left to be matched here; `clash`: two terms exclude each other. */
export function storeFilter({ chips, namespace, tenant }: Asked) {
  const { filter, whole } = indexed(chips)
  const clash =
    (namespace !== undefined && (filter.namespace ?? namespace) !== namespace) ||
    (tenant !== undefined && (filter.tenant ?? tenant) !== tenant)
  return {
    filter: { ...filter, ...(namespace !== undefined && { namespace }), ...(tenant !== undefined && { tenant }) },
    whole,
    clash,
  }
}

/** The ids that a filter names; undefined: none. */
export const namedIds = ({ chips }: Asked): string[] | undefined => {
  for (const chip of chips)
    if (chip.kind === 'field' && chip.key === 'id' && !chip.not && chip.values.every(({ is }) => is === 'equals'))
      return [...new Set(chip.values.map((value) => (value as { value: string }).value))]
  return undefined
}

export const within = ({ from, to }: Window, ms: number): boolean => ms >= from && ms < to
