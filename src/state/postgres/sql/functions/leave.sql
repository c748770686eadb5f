-- Ends a lease at once.
--   a  {token, deadline, now?, owner}
CREATE OR REPLACE FUNCTION acteon.leave(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8 := acteon.time((a ->> 'now')::float8);
BEGIN
  given := coalesce(given, acteon.late(a, at));
  IF given IS NOT NULL THEN RETURN given; END IF;
  UPDATE acteon.node SET lease_until = at WHERE owner = (a ->> 'owner')::bigint AND lease_until > at;
  RETURN acteon.done(a, at, '{"kind": "done"}');
END $$;
