-- Takes every gate; the keys among them, each with "r" (a failure releases it) or "k" (keeps it) before it.
CREATE OR REPLACE FUNCTION acteon.take_gates(gates jsonb, tn text, who bigint, name text, at float8) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  gate jsonb;
  holds text[] := '{}';
  is_new boolean;
BEGIN
  FOR gate IN SELECT value FROM jsonb_array_elements(gates) LOOP
    IF gate ->> 'kind' = 'window' THEN
      PERFORM acteon.pass_window(gate, at);
    ELSE
      INSERT INTO acteon.reservation AS r
        VALUES (gate ->> 'key', tn, who, name, at + (gate ->> 'ttl_ms')::float8, 0, '{}')
        ON CONFLICT (key) DO UPDATE SET tenant = excluded.tenant, holder = excluded.holder,
          holder_id = excluded.holder_id, until = excluded.until,
          count = CASE WHEN r.holder = excluded.holder THEN r.count ELSE 0 END,
          last = CASE WHEN r.holder = excluded.holder THEN r.last ELSE '{}' END
        RETURNING xmax = 0 INTO is_new;
      IF is_new THEN PERFORM acteon.count(tn, 'reservations', 1); END IF;
      holds := holds || (CASE WHEN (gate ->> 'keep')::boolean THEN 'k' ELSE 'r' END || (gate ->> 'key'));
    END IF;
  END LOOP;
  RETURN holds;
END $$;
