import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { ActeonError } from '../../lib/errors.js'
import { DURATION_BOUNDS_MS } from '../store.js'
import { addDeliveries } from './add-deliveries.js'
import { addCarriers } from './carriers.js'

/**
 * The tables of an embedded audit. Three ideas keep a write cheap although every filter has an index by time:
 *
 * - A record's key is its place in time, `at × 2^21 + n`: milliseconds of dispatched_at, then the order of writing within
 *   that millisecond. So each index ends in time order by itself, and old records lie together.
 * - The values that filters and figures know (all but chain_id and text) make a *series*, as in time series databases: few
 *   distinct combinations, each stored once. One index (series, place) then serves every filter, in any combination.
 * - Action ids are random, so the index over them holds 48 bits of their hash, within slices of time: inserts touch only
 *   the newest slice. The full id is compared in the row.
 */
export const AT_BITS = 21n
/** Records of one millisecond that have a place of their own. */
const PER_MS = 2 ** 21
/** A slice of the id index is 2^24 ms, 4 h 40 min. */
export const SLICE_BITS = 24

/** 2: a series knows who took its actions. 3: what was delivered for an event has an index. */
const VERSION = 3

export const BUCKETS = DURATION_BOUNDS_MS.length + 1
const bucketNames = Array.from({ length: BUCKETS }, (_, i) => `b${i}`)
/** `b0, b1, …`, each put into `form`. */
export const eachBucket = (form: (name: string) => string): string => bucketNames.map(form).join(', ')

/** What a series is made of, in the order of its columns. `rule` is empty when no rule decided. */
export const SERIES_COLUMNS = [
  'kind',
  'node',
  'namespace',
  'tenant',
  'provider',
  'action_type',
  'verdict',
  'rule',
  'outcome',
  'caller_id',
  'carrier',
] as const
export type SeriesColumn = (typeof SERIES_COLUMNS)[number]

const TABLES = `
CREATE TABLE IF NOT EXISTS audit_series (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  ${SERIES_COLUMNS.map((name) => `${name} TEXT NOT NULL`).join(', ')}
);
CREATE INDEX IF NOT EXISTS audit_series_tenant ON audit_series (tenant, namespace);
CREATE TABLE IF NOT EXISTS audit_record (
  place INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  slice INTEGER NOT NULL,
  id_hash INTEGER NOT NULL,
  try INTEGER NOT NULL,
  expires_at INTEGER,
  chain_id TEXT,
  event_hash INTEGER,
  group_hash INTEGER,
  delivery_hash INTEGER,
  action_id TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_by_time ON audit_record (place, series);
CREATE INDEX IF NOT EXISTS audit_by_series ON audit_record (series);
CREATE INDEX IF NOT EXISTS audit_by_action ON audit_record (slice, id_hash);
CREATE INDEX IF NOT EXISTS audit_by_expiry ON audit_record (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_by_chain ON audit_record (chain_id) WHERE chain_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_by_event ON audit_record (event_hash) WHERE event_hash IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_by_group ON audit_record (group_hash) WHERE group_hash IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_by_delivery ON audit_record (delivery_hash) WHERE delivery_hash IS NOT NULL;
CREATE TABLE IF NOT EXISTS audit_figure (
  minute INTEGER NOT NULL,
  series INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum_ms INTEGER NOT NULL,
  ${eachBucket((name) => `${name} INTEGER NOT NULL DEFAULT 0`)},
  PRIMARY KEY (minute, series)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_figure_series ON audit_figure (series);
`

/**
 * Creates the tables, or brings those that are there to this version, all or nothing.
 * @throws ActeonError DATA_DAMAGED for tables of a newer version
 */
export function createTables(db: DatabaseSyncInstance): void {
  db.exec('CREATE TABLE IF NOT EXISTS audit_meta (version INTEGER NOT NULL)')
  const found = (db.prepare('SELECT version FROM audit_meta').get() as { version: number } | undefined)?.version
  if (found !== undefined && !(found >= 1 && found <= VERSION))
    throw new ActeonError(
      'DATA_DAMAGED',
      `The audit tables have version ${found}; this version of Acteon reads version ${VERSION}. Start the version that wrote them, or move the data directory away.`,
      { found, expected: VERSION },
    )
  if (found !== undefined && found < VERSION) upgrade(db, found)
  db.exec(TABLES)
  if (found === undefined) db.prepare('INSERT INTO audit_meta (version) VALUES (?)').run(VERSION)
}

function upgrade(db: DatabaseSyncInstance, found: number): void {
  db.exec('SAVEPOINT audit_upgrade')
  try {
    if (found < 2) addCarriers(db)
    addDeliveries(db)
    db.prepare('UPDATE audit_meta SET version = ?').run(VERSION)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK TO audit_upgrade; RELEASE audit_upgrade')
    throw error
  }
  db.exec('RELEASE audit_upgrade')
}

/** Adds a record unless it is there already, under the series `?2` if that still is `?3`. */
export const INSERT_RECORD = `
INSERT INTO audit_record (place, series, slice, id_hash, try, expires_at, chain_id, event_hash, group_hash, delivery_hash, action_id, record)
SELECT
  coalesce((SELECT max(place) + 1 FROM audit_record WHERE place BETWEEN (?1 << 21) AND (?1 << 21) + ${PER_MS - 1}), ?1 << 21),
  s.id, ?1 >> ${SLICE_BITS}, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
FROM audit_series s
WHERE s.id = ?2 AND s.key = ?3 AND NOT EXISTS (
  SELECT 1 FROM audit_record r INDEXED BY audit_by_action CROSS JOIN audit_series o ON o.id = r.series
  WHERE r.slice = ?1 >> ${SLICE_BITS} AND r.id_hash = ?4 AND r.place >> 21 = ?1 AND r.try = ?5 AND r.action_id = ?11
    AND o.kind = s.kind AND o.namespace = s.namespace AND o.tenant = s.tenant
)`

export const INSERT_SERIES = `
INSERT INTO audit_series (key, ${SERIES_COLUMNS.join(', ')}) VALUES (?, ${SERIES_COLUMNS.map(() => '?').join(', ')})
ON CONFLICT DO NOTHING`

/** Counts one record into its minute; one statement for each bucket of duration. */
export const countInto = (bucket: number): string => `
INSERT INTO audit_figure (minute, series, count, sum_ms, b${bucket}) VALUES (?, ?, 1, ?, 1)
ON CONFLICT DO UPDATE SET count = count + 1, sum_ms = sum_ms + excluded.sum_ms, b${bucket} = b${bucket} + 1`
