-- A new incarnation of a node: {owner, now, lease_until}.
--   a  {token, deadline, now?, node, lease_ms}
CREATE OR REPLACE FUNCTION acteon.join(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8 := acteon.time((a ->> 'now')::float8);
  number bigint;
BEGIN
  given := coalesce(given, acteon.late(a, at));
  IF given IS NOT NULL THEN RETURN given; END IF;
  number := nextval('acteon.incarnation');
  INSERT INTO acteon.node VALUES (number, a ->> 'node', at, at, at + (a ->> 'lease_ms')::float8);
  RETURN acteon.done(a, at, jsonb_build_object('owner', number, 'now', at, 'lease_until', at + (a ->> 'lease_ms')::float8));
END $$;
