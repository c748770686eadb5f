import type { OutcomeType } from '../action/outcome.js'
import type { AuditEntry, AuditRecord, RecordKind } from './record.js'

/**
 * The audit contract (spec section 9). A record is unique by (dispatched_at, namespace, tenant, action_id, kind, try):
 * appending it again changes nothing. Redaction has happened before.
 */
export interface AuditStore {
  readonly backend: 'embedded' | 'memory' | 'postgres'
  /**
   * Where state and audit share a database: what to run inside the state store's transaction so that outcome and
   * record are committed together. `undefined` where they do not share one; then `append` is fed from the outbox.
   */
  readonly shared?: SharedAudit
  /** Appends a batch in one transaction, figures included; resolves when it is durable. Repeats are ignored. */
  append(entries: AuditEntry[]): Promise<void>
  /** Newest first by (dispatched_at, then order of writing). @throws ActeonError INVALID_REQUEST for a cursor that is none */
  query(filter: AuditFilter): Promise<AuditPage>
  /** Every record of an action id, oldest first; without namespace and tenant those of the newest action that has it. */
  ofAction(action_id: string, scope: AuditScope): Promise<AuditRecord[]>
  /** Records whose links point at a thing: all that belongs to an event or a group; newest first. */
  linked(link: { event?: string; group?: string }, scope: AuditScope, limit: number): Promise<AuditRecord[]>
  /**
   * What was delivered for each of some events since a time, newest first, at most `each` of one event. One question for all
   * of them, and one that costs by what it answers: deliveries of events have an index of their own.
   */
  deliveries(events: readonly EventSince[], each: number): Promise<Delivery[][]>
  /** Sums of the roll-up over the asked minutes, grouped by the asked keys. Exact. */
  figures(query: FigureQuery): Promise<Figure[]>
  /** Removes what has expired, at most `limit` records in one short transaction; how many it removed. */
  sweep(now: number, limit: number): Promise<number>
  /**
   * Rewrites stored records as `change` says (null: leave it), at most `limit` from `after` on (null: from the beginning),
   * in one short step. It keeps nothing else about them, and indexes stay as they are. Absent: this backend cannot.
   */
  reseal?(request: ResealRequest): Promise<Resealed>
  close(): Promise<void>
}

/** One piece of going through all that is stored. */
export interface ResealRequest {
  after: string | null
  limit: number
  /** Given a stored text, the text to store instead; null: leave it. */
  change: (text: string) => string | null
}

export interface Resealed {
  /** Where the next piece begins; null: all was looked at. */
  next: string | null
  changed: number
}

/**
 * The bridge to a state store in the same database. `Db` is that database's handle (embedded: a `DatabaseSync` in a
 * transaction). It throws when the write fails, and the whole transaction is rolled back.
 */
export interface SharedAudit<Db = unknown> {
  /** Creates or upgrades the audit tables in that database. */
  prepare(db: Db): void
  /** Writes one record and its figures; part of the caller's transaction. */
  write(db: Db, entry: AuditEntry): void
}

/** What a caller may see. Lists are cut to it; later issues add grants. */
export interface AuditScope {
  namespace?: string | undefined
  tenant?: string | undefined
}

/** An event, and from when on (milliseconds, inclusive) its deliveries are asked for. */
export interface EventSince {
  namespace: string
  tenant: string
  event: string
  from: number
}

/** Of a record of something that was delivered, what says what, when, by whom, and whose it is. */
export interface Delivery {
  action_id: string
  /** The provider that was asked for, before any rule. */
  asked: string
  /** The one that took it. */
  carrier: string
  action_type: string
  /** Milliseconds. */
  dispatched_at: number
}

export interface AuditFilter extends AuditScope {
  provider?: string | undefined
  /** As `carrierOf` the record. */
  carrier?: string | undefined
  action_type?: string | undefined
  /** The outcome's word, such as `state_changed`. */
  outcome?: string | undefined
  verdict?: string | undefined
  matched_rule?: string | undefined
  caller_id?: string | undefined
  chain_id?: string | undefined
  kind?: RecordKind | undefined
  /** dispatched_at, milliseconds: `from` inclusive, `to` exclusive. */
  from?: number | undefined
  to?: number | undefined
  /** Case-insensitive substring of the record's JSON. */
  text?: string | undefined
  /** 1–1,000, default 50. */
  limit?: number | undefined
  cursor?: string | undefined
  /** At most 10,000. */
  offset?: number | undefined
}

export interface AuditPage {
  records: AuditRecord[]
  /** Exact up to 10,000, else null. */
  total: number | null
  /** Absent on the last page. */
  next_cursor?: string
  /** RFC 3339: how far back a query that hit its bound (100,000 records or 2 s) has looked. */
  scanned_to?: string
}

/** The keys of the roll-up. `carrier`: the provider that took an action, else the one that it was planned for. */
export const FIGURE_KEYS = [
  'node',
  'namespace',
  'tenant',
  'provider',
  'carrier',
  'action_type',
  'rule',
  'outcome',
  'kind',
] as const
export type FigureKey = (typeof FIGURE_KEYS)[number]

export interface FigureQuery {
  /** Milliseconds; whole minutes are counted: `from` inclusive, `to` exclusive. */
  from: number
  to: number
  where?: { [K in FigureKey]?: string | undefined }
  group_by: FigureKey[]
  /** Width of a bucket in minutes; absent: one bucket over all. */
  bucket_minutes?: number
}

export interface Figure {
  /** Start of the bucket, milliseconds; `from` when there is one bucket. */
  at: number
  key: { [K in FigureKey]?: string }
  count: number
  /** Sum of durations, milliseconds. */
  sum_ms: number
  /** Counts per duration bucket; bucket i holds durations up to `DURATION_BOUNDS_MS[i]`, the last all longer ones. */
  buckets: number[]
}

/** Upper bounds of the duration buckets of the roll-up, milliseconds. */
export const DURATION_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const

/** Which bucket of the roll-up a duration belongs to. */
export function durationBucket(ms: number): number {
  const bucket = DURATION_BOUNDS_MS.findIndex((bound) => ms <= bound)
  return bucket === -1 ? DURATION_BOUNDS_MS.length : bucket
}

/** The rule of a figure when none decided. */
export const NO_RULE = ''

export type { AuditEntry, AuditRecord, OutcomeType }
