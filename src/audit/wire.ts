import { Type, type Static } from 'typebox'
import { AuditRecord } from './record.js'

const textOrNull = Type.Union([Type.String(), Type.Null()])

/** Fields that existing clients expect in every record, and that are null as long as records are neither chained nor signed. */
const SEALS = {
  record_hash: textOrNull,
  previous_hash: textOrNull,
  canonical_hash: textOrNull,
  sequence_number: Type.Union([Type.Integer(), Type.Null()]),
  signature: textOrNull,
  signer_id: textOrNull,
  kid: textOrNull,
}

/** A record as `GET /v1/audit` shows it (wire section 6): all fields present, null where there is nothing. */
export const WireRecord = Type.Object({ ...AuditRecord.properties, ...SEALS }, { title: 'AuditRecord' })
export type WireRecord = AuditRecord & { [K in keyof typeof SEALS]: Static<(typeof SEALS)[K]> }

/** The form that existing clients read. */
export const recordToWire = (record: AuditRecord): WireRecord => ({
  ...record,
  record_hash: null,
  previous_hash: null,
  canonical_hash: null,
  sequence_number: null,
  signature: null,
  signer_id: null,
  kid: null,
})
