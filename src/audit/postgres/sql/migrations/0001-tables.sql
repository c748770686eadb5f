-- The tables of an audit. Every file names the schema `acteon`; it is replaced by the audit's own when it is run.
--
-- Records lie in partitions by time of admission, one per day, so that whole days are dropped when their time is over; what
-- has no partition (times of simulations, days nobody prepared) lies in `audit_record_rest`. What filters ask is in columns;
-- the rest of a record is its draft and what the store decided, as texts.
CREATE SEQUENCE acteon.audit_seq;
CREATE TABLE acteon.audit_record (at bigint NOT NULL, seq bigint NOT NULL, kind text NOT NULL, namespace text NOT NULL,
  tenant text NOT NULL, action_id text NOT NULL, try int NOT NULL, provider text NOT NULL, action_type text NOT NULL,
  outcome text NOT NULL, verdict text NOT NULL, matched_rule text, caller_id text NOT NULL, chain_id text, event text,
  grp text, ttl_ms float8, draft text NOT NULL, changes text, decision text NOT NULL, decided text NOT NULL, gates text)
  PARTITION BY RANGE (at);
CREATE TABLE acteon.audit_record_rest PARTITION OF acteon.audit_record DEFAULT;
CREATE UNIQUE INDEX audit_once ON acteon.audit_record (at, namespace, tenant, action_id, kind, try);
CREATE INDEX audit_time ON acteon.audit_record (at, seq);
CREATE INDEX audit_tenant ON acteon.audit_record (tenant, namespace, at, seq);
CREATE INDEX audit_namespace ON acteon.audit_record (namespace, at, seq);
CREATE INDEX audit_provider ON acteon.audit_record (provider, at, seq);
CREATE INDEX audit_type ON acteon.audit_record (action_type, at, seq);
CREATE INDEX audit_outcome ON acteon.audit_record (outcome, at, seq);
CREATE INDEX audit_verdict ON acteon.audit_record (verdict, at, seq);
CREATE INDEX audit_rule ON acteon.audit_record (matched_rule, at, seq) WHERE matched_rule IS NOT NULL;
CREATE INDEX audit_caller ON acteon.audit_record (caller_id, at, seq);
CREATE INDEX audit_kind ON acteon.audit_record (kind, at, seq);
CREATE INDEX audit_chain ON acteon.audit_record (chain_id, at, seq) WHERE chain_id IS NOT NULL;
CREATE INDEX audit_action ON acteon.audit_record (action_id, at, seq);
CREATE INDEX audit_event ON acteon.audit_record (event, at, seq) WHERE event IS NOT NULL;
CREATE INDEX audit_group ON acteon.audit_record (grp, at, seq) WHERE grp IS NOT NULL;

-- Counts per minute and series; each server process adds to rows of its own, so that no two transactions meet in one.
CREATE TABLE acteon.audit_figure (minute bigint NOT NULL, kind text NOT NULL, node text NOT NULL, namespace text NOT NULL, tenant text NOT NULL,
  provider text NOT NULL, action_type text NOT NULL, rule text NOT NULL, outcome text NOT NULL, pid int NOT NULL,
  count bigint NOT NULL, sum_ms bigint NOT NULL, buckets bigint[] NOT NULL,
  PRIMARY KEY (minute, kind, node, namespace, tenant, provider, action_type, rule, outcome, pid)) WITH (fillfactor = 70);
