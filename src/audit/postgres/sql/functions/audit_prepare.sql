-- Makes the partitions of a day and of the three after it, where they are missing. A day whose records already lie in
-- `audit_record_rest` keeps them there.
--   moment  the time, milliseconds
CREATE OR REPLACE FUNCTION acteon.audit_prepare(moment float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day_ms constant bigint := 86400000;
  today bigint := floor(moment / day_ms);
  day bigint;
BEGIN
  -- Many nodes may do this at once; one that has them all waits for nobody.
  IF (SELECT bool_and(to_regclass('acteon.audit_record_' || n) IS NOT NULL) FROM generate_series(today, today + 3) AS n) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('acteon.audit_sweep', 0));
  FOR day IN SELECT generate_series(today, today + 3) LOOP
    IF to_regclass('acteon.audit_record_' || day) IS NULL AND NOT EXISTS (
        SELECT 1 FROM acteon.audit_record_rest WHERE at >= day * day_ms AND at < (day + 1) * day_ms) THEN
      EXECUTE format('CREATE TABLE acteon.%I PARTITION OF acteon.audit_record FOR VALUES FROM (%s) TO (%s)',
        'audit_record_' || day, day * day_ms, (day + 1) * day_ms);
    END IF;
  END LOOP;
END $$;
