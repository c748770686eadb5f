-- Adds to what is counted of a tenant.
CREATE OR REPLACE FUNCTION acteon.count(tn text, counted text, more bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF more = 0 THEN RETURN; END IF;
  INSERT INTO acteon.tally AS t VALUES (tn, counted, pg_backend_pid(), more)
    ON CONFLICT (tenant, what, pid) DO UPDATE SET n = t.n + excluded.n;
END $$;
