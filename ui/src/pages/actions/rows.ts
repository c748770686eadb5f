import { keyOf, type Row as Action } from '../../api/traffic.ts'
import { minute } from '../../lib/formats.ts'

/** What the list shows: the minutes between the rows, and neighbours that say the same as one. */
export type Row =
  | { kind: 'minute'; key: string; title: string; count: number; more: boolean }
  | { kind: 'action'; key: string; action: Action; folded: Action[] }
export type ActionRow = Extract<Row, { kind: 'action' }>
export type MinuteRow = Extract<Row, { kind: 'minute' }>

const sameAs = (a: Action, b: Action): boolean =>
  a.type === b.type &&
  a.rule === b.rule &&
  a.outcome === b.outcome &&
  a.provider === b.provider &&
  a.wanted === b.wanted &&
  a.tenant === b.tenant &&
  a.ns === b.ns

/**
 * @param unfolded keys of rows that shall show each of their actions
 * @param more further pages follow, so that the last minute may have more than is known
 */
export function rowsOf(actions: Action[], unfolded: ReadonlySet<string>, more: boolean): Row[] {
  const rows: Row[] = []
  let heading: MinuteRow | undefined
  for (const action of actions) {
    const key = `minute ${Math.floor(action.at / 60_000)}`
    if (heading?.key !== key)
      rows.push((heading = { kind: 'minute', key, title: minute(action.at), count: 0, more: false }))
    heading.count++
    const last = rows.at(-1)
    if (last?.kind === 'action' && !unfolded.has(last.key) && sameAs(last.action, action)) last.folded.push(action)
    else rows.push({ kind: 'action', key: keyOf(action), action, folded: [] })
  }
  if (heading !== undefined) heading.more = more
  return rows
}
