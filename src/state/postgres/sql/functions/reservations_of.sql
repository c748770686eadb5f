-- The keys that a journaled plan reserves, as `check_gates` reads them; equal keys are one.
--   plan  JSON text
CREATE OR REPLACE FUNCTION acteon.reservations_of(plan text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(gate ORDER BY n), '[]') FROM (
    SELECT DISTINCT ON (g ->> 'key') n, jsonb_build_object('kind', 'reservation', 'key', g ->> 'key', 'rule', g ->> 'rule',
      'verdict', g ->> 'verdict', 'ttl_ms', (g ->> 'ttl_ms')::float8, 'keep', g ->> 'on_failure' = 'keep') AS gate
    FROM json_array_elements(acteon.json_of(plan) -> 'gates') WITH ORDINALITY AS gates (g, n)
    WHERE g ->> 'kind' = 'reservation' ORDER BY g ->> 'key', n) AS distinct_gates
$$;
