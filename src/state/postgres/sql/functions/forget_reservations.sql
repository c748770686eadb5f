-- Removes at most `most` keys of a tenant that have run out and whose holder has its outcome; how many.
CREATE OR REPLACE FUNCTION acteon.forget_reservations(tn text, at float8, most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  removed bigint;
BEGIN
  DELETE FROM acteon.reservation d USING (
    SELECT r.key FROM acteon.reservation r WHERE r.tenant = tn AND r.until <= at
      AND NOT EXISTS (SELECT 1 FROM acteon.entry WHERE seq = r.holder AND settled_at IS NULL AND dispatched_at < r.until)
    ORDER BY r.until LIMIT most FOR UPDATE OF r SKIP LOCKED) AS over
    WHERE d.key = over.key AND d.until <= at;
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM acteon.count(tn, 'reservations', -removed);
  RETURN removed;
END $$;
