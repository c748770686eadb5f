import type { AuditEntry } from '../../audit/record.js'
import { parsed } from './json.js'
import type { Op } from '../store.js'
import { nextSeq, type Step } from './step.js'

/** Puts a decision on record, in the step that decides: into the audit tables of this database, or into the outbox. */
export function putOnRecord(step: Step, entry: AuditEntry): void {
  const { sql, settings, tally } = step
  if (settings.audit !== null) return settings.audit.write(sql.database, entry)
  const { tenant } = entry.draft
  sql.run('INSERT INTO outbox VALUES (?, ?, ?)', nextSeq(step), tenant, JSON.stringify(entry))
  tally.add('outbox', tenant, 1)
}

export const outbox = ({ sql }: Step, { limit }: { limit: number }): { position: string; entry: AuditEntry }[] =>
  sql
    .all<{ pos: number; entry: string }>('SELECT pos, entry FROM outbox ORDER BY pos LIMIT ?', limit)
    .map(({ pos, entry }) => ({ position: String(pos), entry: parsed<AuditEntry>(entry) }))

export function acknowledge({ sql, tally }: Step, { positions }: Op & { positions: string[] }): void {
  for (const position of positions) {
    const row = sql.get<{ tenant: string }>('DELETE FROM outbox WHERE pos = ? RETURNING tenant', Number(position))
    if (row !== undefined) tally.add('outbox', row.tenant, -1)
  }
}
