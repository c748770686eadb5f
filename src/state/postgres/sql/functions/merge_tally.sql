-- Adds what server processes counted that have ended to the rows of this one.
CREATE OR REPLACE FUNCTION acteon.merge_tally() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one record;
BEGIN
  FOR one IN
    WITH ended AS (DELETE FROM acteon.tally WHERE (tenant, what, pid) IN (
        SELECT tenant, what, pid FROM acteon.tally WHERE pid <> pg_backend_pid()
          AND pid NOT IN (SELECT pid FROM pg_stat_activity) LIMIT 1000 FOR UPDATE SKIP LOCKED)
      RETURNING tenant, what, n)
    SELECT tenant, what, sum(n)::bigint AS n FROM ended GROUP BY tenant, what
  LOOP
    PERFORM acteon.count(one.tenant, one.what, one.n);
  END LOOP;
END $$;
