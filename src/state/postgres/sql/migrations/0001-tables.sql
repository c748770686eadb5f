-- The tables of a state store. Every file names the schema `acteon`; it is replaced by the store's own when it is run.
--
-- Texts of callers and providers are text and never json, which would reorder keys and change numbers. Times are
-- milliseconds. `entry` is the journal of ids; what is open has its row in `work`, and loses it when it is settled.
CREATE SEQUENCE acteon.clock MINVALUE 0 START 0;
CREATE SEQUENCE acteon.seq;
CREATE SEQUENCE acteon.incarnation;

CREATE TABLE acteon.node (owner bigint PRIMARY KEY, node text NOT NULL, joined_at float8 NOT NULL,
  renewed_at float8 NOT NULL, lease_until float8 NOT NULL);

CREATE TABLE acteon.token (token text PRIMARY KEY, at float8 NOT NULL, answer text NOT NULL);
CREATE INDEX token_at ON acteon.token (at);

CREATE TABLE acteon.entry (seq bigint PRIMARY KEY, namespace text NOT NULL, tenant text NOT NULL, space text NOT NULL,
  id text NOT NULL, body_hash text NOT NULL, try int NOT NULL, fence bigint NOT NULL, work bigint,
  dispatched_at float8 NOT NULL, settled_at float8, outcome text, again boolean NOT NULL DEFAULT false);
CREATE UNIQUE INDEX entry_key ON acteon.entry (id, tenant, namespace, space);
CREATE INDEX entry_settled ON acteon.entry (settled_at) WHERE settled_at IS NOT NULL AND work IS NULL;
CREATE TABLE acteon.sent (entry bigint PRIMARY KEY, action text NOT NULL);

CREATE TABLE acteon.work (pos bigint PRIMARY KEY, entry bigint NOT NULL, status text NOT NULL, owner bigint,
  fence bigint NOT NULL, due_at float8, lane text, overtaken boolean NOT NULL DEFAULT false, namespace text NOT NULL,
  tenant text NOT NULL, try int NOT NULL, dispatched_at float8 NOT NULL, takeovers int NOT NULL DEFAULT 0,
  idempotency_key text NOT NULL, holds text[] NOT NULL DEFAULT '{}', answer text, gates text NOT NULL DEFAULT '[]',
  attempts text NOT NULL DEFAULT '[]', context text NOT NULL, origin text NOT NULL, plan text NOT NULL, action text);
CREATE INDEX work_owner ON acteon.work (owner, pos) WHERE owner IS NOT NULL;
CREATE INDEX work_due ON acteon.work (due_at, pos) WHERE due_at IS NOT NULL;
CREATE INDEX work_lane ON acteon.work (lane, tenant, namespace, pos) WHERE lane IS NOT NULL;
CREATE INDEX work_jobs ON acteon.work (tenant) WHERE status IN ('parked', 'scheduled');

CREATE TABLE acteon.reservation (key text PRIMARY KEY, tenant text NOT NULL, holder bigint NOT NULL,
  holder_id text NOT NULL, until float8 NOT NULL, count bigint NOT NULL, last text[] NOT NULL);
CREATE INDEX reservation_until ON acteon.reservation (tenant, until);

CREATE TABLE acteon.win (id bigint PRIMARY KEY, key text NOT NULL UNIQUE, exact boolean NOT NULL, size float8 NOT NULL,
  passed bigint NOT NULL, free_at float8 NOT NULL);
CREATE INDEX win_free ON acteon.win (free_at);
CREATE TABLE acteon.slot (win bigint NOT NULL, i bigint NOT NULL, value float8 NOT NULL, PRIMARY KEY (win, i));

CREATE TABLE acteon.grp (id bigint PRIMARY KEY, key text NOT NULL, namespace text NOT NULL, tenant text NOT NULL,
  group_id text NOT NULL, group_key text NOT NULL, rule text NOT NULL, provider text NOT NULL, action_type text NOT NULL,
  labels text NOT NULL, interval_ms float8 NOT NULL, repeat_ms float8, max_size bigint NOT NULL, generation bigint NOT NULL,
  due_at float8 NOT NULL, created_at float8 NOT NULL, flushed_at float8, count bigint NOT NULL, bytes bigint NOT NULL,
  shared_labels text);
CREATE UNIQUE INDEX grp_key ON acteon.grp (key, tenant, namespace);
CREATE INDEX grp_due ON acteon.grp (due_at, id);
CREATE INDEX grp_name ON acteon.grp (group_key);
CREATE INDEX grp_tenant ON acteon.grp (tenant, id);
CREATE TABLE acteon.grp_terms (id bigint PRIMARY KEY, plan text NOT NULL, action text NOT NULL, context text NOT NULL,
  last_batch text);
CREATE TABLE acteon.member (pos bigint PRIMARY KEY, grp bigint NOT NULL, id text NOT NULL, received_at float8 NOT NULL,
  text text NOT NULL);
CREATE INDEX member_grp ON acteon.member (grp, pos);

CREATE TABLE acteon.event (id bigint PRIMARY KEY, namespace text NOT NULL, tenant text NOT NULL, fingerprint text NOT NULL,
  machine text NOT NULL, state text NOT NULL, active boolean NOT NULL, action_type text NOT NULL, labels text NOT NULL,
  provider text NOT NULL, severity text, occurrence bigint NOT NULL, version bigint NOT NULL, opened_at float8 NOT NULL,
  updated_at float8 NOT NULL, last_seen_at float8 NOT NULL, count bigint NOT NULL, notified_count bigint NOT NULL,
  changed_by text NOT NULL, timeout_at float8, timeout_to text, timeout_notify boolean, kept_until float8,
  last_action_id text NOT NULL, changed bigint NOT NULL);
CREATE UNIQUE INDEX event_fingerprint ON acteon.event (fingerprint, tenant, namespace);
CREATE INDEX event_changed ON acteon.event (changed);
CREATE INDEX event_scope ON acteon.event (tenant, changed);
CREATE INDEX event_timeout ON acteon.event (timeout_at, id) WHERE timeout_at IS NOT NULL;
CREATE INDEX event_kept ON acteon.event (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX event_active ON acteon.event (action_type, tenant, namespace) WHERE active;
CREATE TABLE acteon.event_terms (id bigint PRIMARY KEY, plan text NOT NULL, action text NOT NULL, draft text NOT NULL,
  facts text NOT NULL);
CREATE TABLE acteon.event_label (event bigint NOT NULL, action_type text NOT NULL, tenant text NOT NULL,
  namespace text NOT NULL, value text NOT NULL, label text NOT NULL, PRIMARY KEY (event, label));
CREATE INDEX event_label_value ON acteon.event_label (value, action_type, tenant, namespace, label);
CREATE TABLE acteon.history (event bigint NOT NULL, version bigint NOT NULL, occurrence bigint NOT NULL, "from" text,
  "to" text NOT NULL, at float8 NOT NULL, by text NOT NULL, PRIMARY KEY (event, version));

CREATE TABLE acteon.dead_letter (pos bigint PRIMARY KEY, id text NOT NULL UNIQUE, entry bigint NOT NULL,
  namespace text NOT NULL, tenant text NOT NULL, provider text NOT NULL, action_type text NOT NULL, code text NOT NULL,
  error text NOT NULL, created_at float8 NOT NULL, version bigint NOT NULL, try int NOT NULL, fence bigint NOT NULL,
  lane text, superseded boolean NOT NULL, count bigint NOT NULL, last text[] NOT NULL, attempts text NOT NULL,
  context text NOT NULL, origin text NOT NULL, plan text NOT NULL, action text NOT NULL);
CREATE INDEX dead_letter_entry ON acteon.dead_letter (entry);
CREATE INDEX dead_letter_lane ON acteon.dead_letter (lane, tenant, namespace) WHERE lane IS NOT NULL;
CREATE INDEX dead_letter_scope ON acteon.dead_letter (tenant, pos);
CREATE INDEX dead_letter_created ON acteon.dead_letter (created_at);

CREATE TABLE acteon.record (kind text NOT NULL, name text COLLATE "C" NOT NULL, version bigint NOT NULL,
  value text NOT NULL, at float8 NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE acteon.rate (name text PRIMARY KEY, booked_until float8 NOT NULL);

-- A frame's position is (xid, pos): the number of its transaction and the order within it.
CREATE TABLE acteon.frame (xid xid8 NOT NULL DEFAULT pg_current_xact_id(), pos bigint NOT NULL DEFAULT nextval('acteon.seq'),
  at float8 NOT NULL, type text NOT NULL, namespace text NOT NULL, tenant text NOT NULL, data text NOT NULL,
  PRIMARY KEY (xid, pos));
CREATE INDEX frame_at ON acteon.frame (at, xid, pos);
-- Up to where frames were removed.
CREATE TABLE acteon.frame_floor (id int PRIMARY KEY CHECK (id = 1), xid xid8 NOT NULL, pos bigint NOT NULL);
INSERT INTO acteon.frame_floor VALUES (1, '0', 0);

CREATE TABLE acteon.outbox (pos bigint NOT NULL, tenant text NOT NULL,
  draft text NOT NULL, changes text, decision text NOT NULL, outcome text NOT NULL, gates text, PRIMARY KEY (pos));

-- What is counted per tenant. Each server process adds to rows of its own, so that no two transactions meet in one.
CREATE TABLE acteon.tally (tenant text NOT NULL, what text NOT NULL, pid int NOT NULL, n bigint NOT NULL,
  PRIMARY KEY (tenant, what, pid)) WITH (fillfactor = 50);
