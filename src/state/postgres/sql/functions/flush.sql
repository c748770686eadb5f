-- Seals by hand what a group has collected: {group, admission}, or {kind: nobody}.
--   a  {token, deadline, now?, owner, namespace, tenant, group_key}
CREATE OR REPLACE FUNCTION acteon.flush(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  g acteon.grp;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT * INTO g FROM acteon.grp WHERE group_key = a ->> 'group_key' AND namespace = a ->> 'namespace'
    AND tenant = a ->> 'tenant' AND count > 0 ORDER BY id DESC LIMIT 1 FOR UPDATE;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF g.id IS NULL THEN RETURN acteon.done(a, at, '{"kind": "nobody"}'); END IF;
  RETURN acteon.done(a, at, jsonb_build_object('group', acteon.shown_group(g),
    'admission', acteon.seal(g, 'manual', (a ->> 'owner')::bigint, at)));
END $$;
