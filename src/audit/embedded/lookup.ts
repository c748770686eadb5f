import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { recordOfJson } from '../record.js'
import type { AuditRecord, AuditScope } from '../store.js'
import { hash48 } from './hashes.js'
import { placeOf } from './query.js'

/** How many records a link is looked for in at once. */
const PIECE = 200

const inScope = (record: AuditRecord, { namespace, tenant }: AuditScope): boolean =>
  (namespace === undefined || record.namespace === namespace) && (tenant === undefined || record.tenant === tenant)

interface Row {
  place: bigint
  record: string
}

/** Records by what they tell of: an action, an event, a group. */
export function lookingUp(db: DatabaseSyncInstance) {
  const bigInts = (sql: string) => {
    const statement = db.prepare(sql)
    statement.setReadBigInts(true)
    return statement
  }
  const lastSlice = db.prepare(
    'SELECT max(slice) AS slice FROM audit_record INDEXED BY audit_by_action WHERE slice < ?',
  )
  const byAction = db.prepare(
    'SELECT record FROM audit_record INDEXED BY audit_by_action WHERE slice = ? AND id_hash = ? AND action_id = ? ORDER BY place DESC',
  )
  const byLink = (column: 'event_hash' | 'group_hash') =>
    bigInts(`SELECT place, record FROM audit_record WHERE ${column} = ? AND place < ? ORDER BY place DESC LIMIT ?`)
  const links = { event: byLink('event_hash'), group: byLink('group_hash') }

  /** Oldest first; without a whole scope, those of the newest namespace and tenant that have the id. */
  function ofAction(action_id: string, scope: AuditScope): AuditRecord[] {
    const found: AuditRecord[] = []
    const idHash = hash48(action_id)
    const before = (slice: number): number | null => (lastSlice.get(slice) as { slice: number | null }).slice
    for (let slice = before(2 ** 42); slice !== null; slice = before(slice))
      for (const { record } of byAction.all(slice, idHash, action_id) as { record: string }[]) {
        const parsed = recordOfJson(record)
        if (inScope(parsed, found[0] ?? scope)) found.push(parsed)
      }
    return found.reverse()
  }

  function* linkedBy(
    kind: 'event' | 'group',
    to: string,
    scope: AuditScope,
  ): Generator<{ place: bigint; record: AuditRecord }> {
    let before = placeOf(Infinity)
    for (;;) {
      const rows = links[kind].all(hash48(to), before, PIECE) as Row[]
      for (const { place, record } of rows) {
        const parsed = recordOfJson(record)
        if (parsed.trace.links[kind] === to && inScope(parsed, scope)) yield { place, record: parsed }
      }
      if (rows.length < PIECE) return
      before = rows.at(-1)!.place
    }
  }

  /** Newest first; with both an event and a group, what points at either. */
  function linked(link: { event?: string; group?: string }, scope: AuditScope, limit: number): AuditRecord[] {
    const found = new Map<bigint, AuditRecord>()
    for (const kind of ['event', 'group'] as const) {
      const to = link[kind]
      if (to === undefined) continue
      let left = limit
      for (const { place, record } of linkedBy(kind, to, scope)) {
        if (left-- <= 0) break
        found.set(place, record)
      }
    }
    return [...found.entries()]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, limit)
      .map(([, record]) => record)
  }

  return { ofAction, linked }
}
