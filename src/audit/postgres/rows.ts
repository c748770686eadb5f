import { recordOf, type AuditRecord } from '../record.js'
import { auditEntryOf, type EntryTexts } from '../texts.js'

/** Asks the database, whose schema the text names `acteon`. */
export type Read = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>

export type RecordRow = Omit<EntryTexts, 'outcome'> & {
  decided: string
  ttl_ms: number | null
  at: string
  seq: string
}

/** A stored record. What it says is put together as any other store does, so equal entries make equal records. */
export const recordOfRow = ({ decided, ttl_ms, ...texts }: RecordRow): AuditRecord =>
  recordOf(auditEntryOf({ ...texts, outcome: decided }), ttl_ms)
