-- Puts a decision on record, in the step that decides: into the audit tables of this database, or into the outbox.
--   s         {audit: the audit's schema | "off" | null: the outbox}
--   facts     {namespace, tenant, action_id, kind, …}: what records are found by
--   draft     JSON text of the draft, changes  JSON text of what replaces members of it, or null
--   decision  {dispatched_at, completed_at, try?, refused_by?, links?}; times in milliseconds
--   outcome   JSON text, gates  JSON text, or null
CREATE OR REPLACE FUNCTION acteon.put_on_record(s jsonb, facts jsonb, draft text, changes text, decision jsonb,
  outcome text, gates text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF s ->> 'audit' = 'off' THEN RETURN; END IF;
  IF s ->> 'audit' IS NOT NULL THEN
    EXECUTE format('SELECT %I.audit_write($1, $2, $3, $4, $5, $6, $7)', s ->> 'audit')
      USING facts, draft, changes, decision, outcome, gates, (s ->> 'ttl_ms')::float8;
    RETURN;
  END IF;
  INSERT INTO acteon.outbox (pos, tenant, draft, changes, decision, outcome, gates)
    VALUES (nextval('acteon.seq'), facts ->> 'tenant', draft, changes, decision::text, outcome, gates);
  PERFORM acteon.count(facts ->> 'tenant', 'outbox', 1);
END $$;
