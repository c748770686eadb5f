import { hash } from 'node:crypto'
import type { AuditRecord } from '../record.js'

/** 48 bits of SHA-256: short enough for a number, and what it finds is compared in full. */
export const hash48 = (text: string): number => Number.parseInt(hash('sha256', text).slice(0, 12), 16)

/** Finds what was delivered for an event of a tenant; what it finds is compared in full. */
export const deliveryHash = (of: { namespace: string; tenant: string; event: string }): number =>
  hash48(JSON.stringify([of.namespace, of.tenant, of.event]))

/** The same of a record; null: it is no delivery, or of no event. */
export function deliveryHashOf({ delivered_by, namespace, tenant, trace }: AuditRecord): number | null {
  const { event } = trace.links
  return delivered_by === null || event === undefined ? null : deliveryHash({ namespace, tenant, event })
}
