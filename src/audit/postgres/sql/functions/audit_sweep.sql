-- Removes what has expired, and prepares the days to come; how many records went. Days that are over as a whole are
-- dropped. Where records are kept for less than a week, those of a day that is not over are removed one by one.
--   moment  the time, milliseconds, ttl_ms  how long records are kept, or null, most  at most so many one by one
CREATE OR REPLACE FUNCTION acteon.audit_sweep(moment float8, ttl_ms float8, most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  day_ms constant bigint := 86400000;
  cut bigint := floor(moment - coalesce(ttl_ms, 0));
  part record;
  gone bigint;
  removed bigint := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('acteon.audit_sweep', 0)) THEN RETURN 0; END IF;
  PERFORM acteon.audit_prepare(moment);
  IF ttl_ms IS NULL THEN RETURN 0; END IF;
  FOR part IN SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'acteon.audit_record'::regclass AND c.relname ~ '^audit_record_[0-9]+$'
      AND (substr(c.relname, 14)::bigint + 1) * day_ms <= cut
  LOOP
    EXECUTE format('SELECT count(*) FROM acteon.%I', part.name) INTO gone;
    EXECUTE format('DROP TABLE acteon.%I', part.name);
    removed := removed + gone;
  END LOOP;
  IF ttl_ms < 7 * day_ms THEN
    DELETE FROM acteon.audit_record r USING (SELECT at, seq FROM acteon.audit_record WHERE at <= cut ORDER BY at, seq LIMIT most)
      AS old WHERE r.at = old.at AND r.seq = old.seq;
  ELSE
    DELETE FROM acteon.audit_record_rest r USING (SELECT at, seq FROM acteon.audit_record_rest WHERE at <= cut
      ORDER BY at, seq LIMIT most) AS old WHERE r.at = old.at AND r.seq = old.seq;
  END IF;
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM acteon.audit_figure WHERE (minute + 1) * 60000 <= cut;
  RETURN removed + gone;
END $$;
