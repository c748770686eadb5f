-- Removes from the outbox what a relay has carried on.
--   a  {token, deadline, now?, positions}
CREATE OR REPLACE FUNCTION acteon.acknowledge(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8 := acteon.time((a ->> 'now')::float8);
  gone record;
BEGIN
  given := coalesce(given, acteon.late(a, at));
  IF given IS NOT NULL THEN RETURN given; END IF;
  FOR gone IN
    WITH removed AS (DELETE FROM acteon.outbox WHERE pos IN (
        SELECT pos FROM acteon.outbox WHERE pos IN (SELECT value::bigint FROM jsonb_array_elements_text(a -> 'positions'))
        ORDER BY pos FOR UPDATE SKIP LOCKED)
      RETURNING tenant)
    SELECT tenant, count(*) AS n FROM removed GROUP BY tenant
  LOOP
    PERFORM acteon.count(gone.tenant, 'outbox', -gone.n);
  END LOOP;
  RETURN acteon.done(a, at, '{"kind": "done"}');
END $$;
