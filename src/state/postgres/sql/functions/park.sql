-- Stores a retry that is due later, under the fence. Whoever held it holds it no more.
--   a  {token, deadline, now?, owner, namespace, tenant, space, id, fence, delay_ms, attempts, outcome?}
-- Answers {kind: parked, due_at} or {kind: replaced}.
CREATE OR REPLACE FUNCTION acteon.park(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  w acteon.work;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT o.* INTO w FROM acteon.entry e JOIN acteon.work o ON o.pos = e.work
    WHERE e.id = a ->> 'id' AND e.tenant = a ->> 'tenant' AND e.namespace = a ->> 'namespace' AND e.space = a ->> 'space'
    FOR UPDATE OF o;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF w.pos IS NULL OR w.fence <> (a ->> 'fence')::bigint OR w.owner IS DISTINCT FROM (a ->> 'owner')::bigint THEN
    RETURN acteon.done(a, at, '{"kind": "replaced"}');
  END IF;
  UPDATE acteon.work SET status = 'parked', owner = NULL, fence = fence + 1, due_at = at + (a ->> 'delay_ms')::float8,
    attempts = a ->> 'attempts', answer = a ->> 'outcome' WHERE pos = w.pos;
  RETURN acteon.done(a, at, jsonb_build_object('kind', 'parked', 'due_at', at + (a ->> 'delay_ms')::float8));
END $$;
