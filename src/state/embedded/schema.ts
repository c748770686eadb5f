import { ActeonError } from '../../lib/errors.js'
import type { Sql } from './sql.js'

/** Says that a file is ours: "Acte" in the SQLite header. */
const APPLICATION_ID = 0x41637465
/** Of the tables below. A store of a higher one was written by a newer Acteon and is not touched. */
export const SCHEMA_VERSION = 1

/*
 * `entry` is the journal of ids; what is open has its row in `work` as well, with all that is needed to go on, and
 * loses it when it is settled. Both are keyed by numbers that grow with time, so that new rows are written side by side
 * whatever ids callers choose; the index over callers' ids is six bytes of their hash. What the rows of one kind need
 * rarely and is long (plans, batches) lies in a table of its own.
 */
const TABLES = `
CREATE TABLE counters (id INTEGER PRIMARY KEY CHECK (id = 1), clock REAL NOT NULL, seq INTEGER NOT NULL,
  frame INTEGER NOT NULL, owner INTEGER NOT NULL);
INSERT INTO counters VALUES (1, 0, 0, 0, 0);

CREATE TABLE node (owner INTEGER PRIMARY KEY, node TEXT NOT NULL, joined_at REAL NOT NULL, renewed_at REAL NOT NULL,
  lease_until REAL NOT NULL);

CREATE TABLE entry (seq INTEGER PRIMARY KEY, hash INTEGER NOT NULL, namespace TEXT NOT NULL, tenant TEXT NOT NULL,
  space INTEGER NOT NULL, id TEXT NOT NULL, body_hash TEXT NOT NULL, try INTEGER NOT NULL, fence INTEGER NOT NULL,
  work INTEGER, dispatched_at REAL NOT NULL, settled_at REAL, outcome TEXT);
CREATE INDEX entry_hash ON entry (hash);
CREATE INDEX entry_settled ON entry (settled_at) WHERE settled_at IS NOT NULL AND work IS NULL;

CREATE TABLE sent (entry INTEGER PRIMARY KEY, action TEXT NOT NULL);

CREATE TABLE work (pos INTEGER PRIMARY KEY, entry INTEGER NOT NULL, status INTEGER NOT NULL, owner INTEGER,
  fence INTEGER NOT NULL, due_at REAL, lane TEXT, overtaken INTEGER NOT NULL DEFAULT 0, namespace TEXT NOT NULL,
  tenant TEXT NOT NULL, try INTEGER NOT NULL, dispatched_at REAL NOT NULL, takeovers INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT NOT NULL, holds TEXT, answer TEXT, gates TEXT NOT NULL, attempts TEXT NOT NULL,
  context TEXT NOT NULL, origin TEXT NOT NULL, plan TEXT NOT NULL);
CREATE INDEX work_owner ON work (owner, pos) WHERE owner IS NOT NULL;
CREATE INDEX work_due ON work (due_at, pos) WHERE due_at IS NOT NULL;
CREATE INDEX work_lane ON work (lane, tenant, namespace, pos) WHERE lane IS NOT NULL;

CREATE TABLE reservation (key BLOB PRIMARY KEY, tenant TEXT NOT NULL, holder INTEGER NOT NULL, holder_id TEXT NOT NULL,
  until REAL NOT NULL, count INTEGER NOT NULL, last TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX reservation_until ON reservation (tenant, until);

CREATE TABLE window (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, form INTEGER NOT NULL, size REAL NOT NULL,
  passed INTEGER NOT NULL, free_at REAL NOT NULL);
CREATE TABLE slot (window INTEGER NOT NULL, i INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (window, i)) WITHOUT ROWID;

CREATE TABLE grp (id INTEGER PRIMARY KEY, key BLOB NOT NULL, namespace TEXT NOT NULL, tenant TEXT NOT NULL,
  group_id TEXT NOT NULL, group_key TEXT NOT NULL, rule TEXT NOT NULL, provider TEXT NOT NULL, action_type TEXT NOT NULL,
  labels TEXT NOT NULL, interval_ms REAL NOT NULL, repeat_ms REAL, max_size INTEGER NOT NULL, generation INTEGER NOT NULL,
  due_at REAL NOT NULL, created_at REAL NOT NULL, flushed_at REAL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
  shared_labels TEXT);
CREATE UNIQUE INDEX grp_key ON grp (key, tenant, namespace);
CREATE INDEX grp_due ON grp (due_at, id);
CREATE INDEX grp_name ON grp (group_key);
CREATE TABLE grp_terms (id INTEGER PRIMARY KEY, deliver TEXT NOT NULL, context TEXT NOT NULL, last_batch TEXT);
CREATE TABLE member (pos INTEGER PRIMARY KEY, grp INTEGER NOT NULL, id TEXT NOT NULL, received_at REAL NOT NULL,
  text TEXT NOT NULL);
CREATE INDEX member_grp ON member (grp, pos);

CREATE TABLE event (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, tenant TEXT NOT NULL, fingerprint TEXT NOT NULL,
  machine TEXT NOT NULL, state TEXT NOT NULL, active INTEGER NOT NULL, action_type TEXT NOT NULL, labels TEXT NOT NULL,
  provider TEXT NOT NULL, severity TEXT, occurrence INTEGER NOT NULL, version INTEGER NOT NULL, opened_at REAL NOT NULL,
  updated_at REAL NOT NULL, last_seen_at REAL NOT NULL, count INTEGER NOT NULL, notified_count INTEGER NOT NULL,
  changed_by TEXT NOT NULL, timeout_at REAL, timeout_to TEXT, timeout_notify INTEGER, kept_until REAL,
  last_action_id TEXT NOT NULL, changed INTEGER NOT NULL);
CREATE UNIQUE INDEX event_fingerprint ON event (fingerprint, tenant, namespace);
CREATE INDEX event_changed ON event (changed);
CREATE INDEX event_scope ON event (tenant, changed);
CREATE INDEX event_timeout ON event (timeout_at, id) WHERE timeout_at IS NOT NULL;
CREATE INDEX event_kept ON event (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX event_active ON event (action_type, tenant, namespace) WHERE active = 1;
CREATE TABLE event_terms (id INTEGER PRIMARY KEY, deliver TEXT NOT NULL, draft TEXT NOT NULL);
CREATE TABLE event_label (action_type TEXT NOT NULL, tenant TEXT NOT NULL, namespace TEXT NOT NULL, value TEXT NOT NULL,
  label TEXT NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY (action_type, tenant, namespace, value, label, event)) WITHOUT ROWID;
CREATE TABLE history (event INTEGER NOT NULL, version INTEGER NOT NULL, occurrence INTEGER NOT NULL, "from" TEXT,
  "to" TEXT NOT NULL, at REAL NOT NULL, by TEXT NOT NULL, PRIMARY KEY (event, version)) WITHOUT ROWID;

CREATE TABLE dead_letter (pos INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entry INTEGER NOT NULL, namespace TEXT NOT NULL,
  tenant TEXT NOT NULL, provider TEXT NOT NULL, action_type TEXT NOT NULL, code TEXT NOT NULL, error TEXT NOT NULL,
  created_at REAL NOT NULL, version INTEGER NOT NULL, try INTEGER NOT NULL, fence INTEGER NOT NULL, lane TEXT,
  superseded INTEGER NOT NULL, count INTEGER NOT NULL, last TEXT NOT NULL, attempts TEXT NOT NULL, context TEXT NOT NULL,
  origin TEXT NOT NULL, plan TEXT NOT NULL);
CREATE INDEX dead_letter_entry ON dead_letter (entry);
CREATE INDEX dead_letter_lane ON dead_letter (lane, tenant, namespace) WHERE lane IS NOT NULL;
CREATE INDEX dead_letter_scope ON dead_letter (tenant, pos);

CREATE TABLE record (kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
  at REAL NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE rate (name TEXT PRIMARY KEY, booked_until REAL NOT NULL) WITHOUT ROWID;

CREATE TABLE frame (pos INTEGER PRIMARY KEY, at REAL NOT NULL, type TEXT NOT NULL, namespace TEXT NOT NULL,
  tenant TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE outbox (pos INTEGER PRIMARY KEY, tenant TEXT NOT NULL, entry TEXT NOT NULL);
`

const versionsOf = (sql: Sql): { application: number; version: number } => ({
  application: sql.get<{ application_id: number }>('PRAGMA application_id')!.application_id,
  version: sql.get<{ user_version: number }>('PRAGMA user_version')!.user_version,
})

const isEmpty = (sql: Sql): boolean => sql.get('SELECT 1 FROM sqlite_schema LIMIT 1') === undefined

/**
 * Refuses what this version cannot read, and changes nothing.
 * @throws ActeonError DATA_DAMAGED when the file is not Acteon's, or a newer Acteon wrote it
 */
export function checkVersion(sql: Sql, where: string): void {
  const { application, version } = versionsOf(sql)
  if (application !== APPLICATION_ID && !(application === 0 && isEmpty(sql)))
    throw new ActeonError(
      'DATA_DAMAGED',
      `${where} is a database, but not one of Acteon's; nothing was changed. Name another directory with [state] path, or move the file away.`,
    )
  if (version > SCHEMA_VERSION)
    throw new ActeonError(
      'DATA_DAMAGED',
      `${where} was written by a newer Acteon (schema ${version}; this version reads up to ${SCHEMA_VERSION}); nothing was changed. Start that newer version, or name another directory with [state] path.`,
    )
}

/** Creates the tables in an empty database. */
export function prepareSchema(sql: Sql): void {
  if (versionsOf(sql).application === APPLICATION_ID) return
  sql.exec('BEGIN IMMEDIATE')
  sql.exec(TABLES)
  sql.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
