-- What gates would say now, all of them, and takes nothing.
--   a  {now?, entry: {namespace, tenant, space, id} | null, gates, retention}
CREATE OR REPLACE FUNCTION acteon.peek(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  at float8 := acteon.time_now((a ->> 'now')::float8);
  who bigint;
BEGIN
  SELECT e.seq INTO who FROM acteon.entry e WHERE e.id = a #>> '{entry,id}' AND e.tenant = a #>> '{entry,tenant}'
    AND e.namespace = a #>> '{entry,namespace}' AND e.space = a #>> '{entry,space}'
    AND NOT acteon.is_over(e, at, (a ->> 'retention')::float8);
  RETURN acteon.check_gates(a -> 'gates', who, at, true)::text;
END $$;
