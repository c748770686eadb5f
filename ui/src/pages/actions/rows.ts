import { keyOf, type Row as Action } from '../../api/traffic.ts'
import { minute } from '../../lib/formats.ts'
import type { Gap } from './pages.ts'

/** What the list shows: the minutes between the rows, and neighbours that say the same as one. */
export type Row =
  | { kind: 'minute'; key: string; title: string; count: number; more: boolean }
  | { kind: 'gap'; key: string; below: string; gap: Gap }
  | { kind: 'action'; key: string; action: Action; folded: Action[] }
export type ActionRow = Extract<Row, { kind: 'action' }>
export type GapRow = Extract<Row, { kind: 'gap' }>
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
 * @param gaps what is missing, by the key of the action that it stands below; what is alike on both sides is not folded
 * @param more further pages follow, so that the last minute may have more than is known
 */
export function rowsOf(
  actions: Action[],
  unfolded: ReadonlySet<string>,
  more: boolean,
  gaps: ReadonlyMap<string, Gap> = new Map(),
): Row[] {
  const rows: Row[] = []
  let heading: MinuteRow | undefined
  let side = ''
  for (const action of actions) {
    const key = `minute ${Math.floor(action.at / 60_000)}${side}`
    if (heading?.key !== key)
      // Of the minutes at both ends of a gap nobody knows how many they had.
      rows.push(
        (heading = { kind: 'minute', key, title: minute(action.at), count: 0, more: rows.at(-1)?.kind === 'gap' }),
      )
    heading.count++
    const last = rows.at(-1)
    if (last?.kind === 'action' && !unfolded.has(last.key) && sameAs(last.action, action)) last.folded.push(action)
    else rows.push({ kind: 'action', key: keyOf(action), action, folded: [] })
    const gap = gaps.get(keyOf(action))
    if (gap === undefined) continue
    heading.more = true
    side = ` below ${keyOf(action)}`
    rows.push({ kind: 'gap', key: `gap${side}`, below: keyOf(action), gap })
  }
  if (heading !== undefined) heading.more ||= more
  return rows
}
