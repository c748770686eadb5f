-- Writes a batch of records, all or none.
--   entries  [{facts, draft, decision, outcome, gates}], ttl_ms  how long they are kept, or null
CREATE OR REPLACE FUNCTION acteon.audit_append(entries jsonb, ttl_ms float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one jsonb;
BEGIN
  -- In one order over all relays, so that two with the same records do not wait for each other.
  IF jsonb_array_length(entries) > 1 THEN PERFORM pg_advisory_xact_lock(hashtextextended('acteon.audit_append', 0)); END IF;
  FOR one IN SELECT value FROM jsonb_array_elements(entries) LOOP
    PERFORM acteon.audit_write(one -> 'facts', one ->> 'draft', NULL, one -> 'decision', one ->> 'outcome', one ->> 'gates',
      ttl_ms);
  END LOOP;
END $$;
