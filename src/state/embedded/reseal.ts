import type { Resealed, ResealRequest } from '../../audit/store.js'
import { indexLabels, unindexLabels, type EventRow } from './events.js'
import type { Step } from './step.js'

/** Where texts lie that may hold something sealed: table, the number of a row, the columns. */
const TEXTS: readonly { table: string; id: string; columns: readonly string[] }[] = [
  { table: 'sent', id: 'entry', columns: ['action'] },
  { table: 'entry', id: 'seq', columns: ['outcome'] },
  { table: 'work', id: 'pos', columns: ['answer', 'attempts', 'context', 'origin', 'plan'] },
  { table: 'grp', id: 'id', columns: ['labels', 'shared_labels'] },
  { table: 'grp_terms', id: 'id', columns: ['deliver', 'context', 'last_batch'] },
  { table: 'member', id: 'pos', columns: ['text'] },
  { table: 'event', id: 'id', columns: ['labels'] },
  { table: 'event_terms', id: 'id', columns: ['deliver', 'draft'] },
  { table: 'dead_letter', id: 'pos', columns: ['error', 'attempts', 'context', 'origin', 'plan'] },
  { table: 'frame', id: 'pos', columns: ['data'] },
  { table: 'outbox', id: 'pos', columns: ['entry'] },
]

type Row = Record<string, string | number | null>

/** Rewrites stored texts (`StateStore.reseal`), a piece at a time: table by table, each in the order of its numbers. */
export function reseal(step: Step, { after, limit, change }: ResealRequest): Resealed {
  const [at = 0, last = 0] = after === null ? [] : after.split(':').map(Number)
  const place = TEXTS[at]
  if (place === undefined) return { next: null, changed: 0 }
  const { table, id, columns } = place
  const rows = step.sql.all<Row>(
    `SELECT ${[id, ...columns].join(', ')} FROM ${table} WHERE ${id} > ? ORDER BY ${id} LIMIT ?`,
    last,
    limit,
  )
  let changed = 0
  for (const row of rows) {
    const changes = columns.flatMap((column): [string, string][] => {
      const text = row[column]
      const instead = typeof text === 'string' ? change(text) : null
      return instead === null ? [] : [[column, instead]]
    })
    if (changes.length === 0) continue
    rewrite(step, place, row[id] as number, changes)
    changed++
  }
  if (rows.length === limit) return { next: `${at}:${rows.at(-1)![id]}`, changed }
  return { next: at + 1 < TEXTS.length ? `${at + 1}:0` : null, changed }
}

function rewrite(step: Step, { table, id }: (typeof TEXTS)[number], number: number, changes: [string, string][]): void {
  const update = (): number =>
    step.sql.run(
      `UPDATE ${table} SET ${changes.map(([column]) => `${column} = ?`).join(', ')} WHERE ${id} = ?`,
      ...changes.map(([, text]) => text),
      number,
    )
  if (table !== 'event') return void update()
  const event = (): EventRow => step.sql.get<EventRow>('SELECT * FROM event WHERE id = ?', number)!
  const before = event()
  if (before.active === 1) unindexLabels(step, before)
  update()
  if (before.active === 1) indexLabels(step, event())
}
