import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { keyOf, type Row as Action } from '../../api/traffic.ts'
import type { ActionRow } from './rows.ts'

/** Actions by their key in lists. */
export type Picks = ReadonlyMap<string, Action>

const actionsIn = ({ action, folded }: ActionRow): Action[] => [action, ...folded]

/** Whether everything that stands in a row is selected. */
export const isPicked = (picks: Picks, row: ActionRow): boolean =>
  picks.size > 0 && actionsIn(row).every((action) => picks.has(keyOf(action)))

/** Selects what stands in a row, or gives it back when all of it is selected. */
export function toggled(picks: Picks, row: ActionRow): Picks {
  const next = new Map(picks)
  const on = !isPicked(picks, row)
  for (const action of actionsIn(row))
    if (on) next.set(keyOf(action), action)
    else next.delete(keyOf(action))
  return next
}

/** Selects the rows between two, both included; without the first the second alone. */
export function withRange(picks: Picks, rows: ActionRow[], from: string | undefined, to: ActionRow): Picks {
  const at = rows.findIndex(({ key }) => key === to.key)
  const begin = rows.findIndex(({ key }) => key === from)
  const [first, last] = begin === -1 ? [at, at] : [Math.min(begin, at), Math.max(begin, at)]
  const next = new Map(picks)
  for (const row of rows.slice(first, last + 1)) for (const action of actionsIn(row)) next.set(keyOf(action), action)
  return next
}

/** The rows that somebody selected; another list has none. */
export function useSelection(rows: ActionRow[], list: string) {
  const [picks, setPicks] = useState<Picks>(new Map())
  const last = useRef<string>(undefined)
  const latest = useRef(rows)
  latest.current = rows
  const clear = useCallback(() => {
    last.current = undefined
    setPicks((old) => (old.size === 0 ? old : new Map()))
  }, [])
  useEffect(clear, [list, clear])
  const pick = useCallback((row: ActionRow, range = false): void => {
    const from = last.current
    last.current = row.key
    setPicks((old) => (range ? withRange(old, latest.current, from, row) : toggled(old, row)))
  }, [])
  return useMemo(() => ({ picks, pick, clear }), [picks, pick, clear])
}
