-- Extends a lease that has not run out: {owner, now, lease_until} or {expired, now}.
--   a  {token, deadline, now?, owner, lease_ms}
CREATE OR REPLACE FUNCTION acteon.renew(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  PERFORM 1 FROM acteon.node WHERE owner = (a ->> 'owner')::bigint FOR UPDATE;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF NOT acteon.holds_lease((a ->> 'owner')::bigint, at) THEN
    RETURN acteon.done(a, at, jsonb_build_object('expired', true, 'now', at));
  END IF;
  UPDATE acteon.node SET renewed_at = at, lease_until = at + (a ->> 'lease_ms')::float8
    WHERE owner = (a ->> 'owner')::bigint;
  RETURN acteon.done(a, at, jsonb_build_object('owner', a -> 'owner', 'now', at,
    'lease_until', at + (a ->> 'lease_ms')::float8));
END $$;
