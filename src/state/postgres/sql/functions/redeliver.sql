-- Opens the next try of what failed for good. It takes its keys again, and no place in a window.
--   a  {token, deadline, now?, owner, id, version, force, idempotency_key, context}
-- Answers {kind: deliver, admission} | {kind: queued, try, fence} | {kind: held, holder} | {kind: superseded} |
-- {kind: not_owner} | {kind: conflict, version}.
CREATE OR REPLACE FUNCTION acteon.redeliver(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  l acteon.dead_letter;
  e acteon.entry;
  w acteon.work;
  gates jsonb;
  free jsonb;
  seen jsonb;
  holder jsonb;
  holds text[];
  who bigint := (a ->> 'owner')::bigint;
  queued boolean;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT * INTO l FROM acteon.dead_letter WHERE id = a ->> 'id';
  SELECT * INTO e FROM acteon.entry WHERE seq = l.entry;
  gates := acteon.reservations_of(l.plan);
  IF e.seq IS NOT NULL THEN
    PERFORM acteon.lock(1, ARRAY[concat_ws(chr(1), e.namespace, e.tenant, e.space, e.id)]);
    PERFORM acteon.lock(2, ARRAY(SELECT value ->> 'key' FROM jsonb_array_elements(gates)));
    IF l.lane IS NOT NULL THEN PERFORM acteon.lock(5, ARRAY[concat_ws(chr(1), e.namespace, e.tenant, l.lane)]); END IF;
    SELECT * INTO e FROM acteon.entry WHERE seq = l.entry FOR UPDATE;
  END IF;
  SELECT * INTO l FROM acteon.dead_letter WHERE id = a ->> 'id' FOR UPDATE;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF NOT acteon.holds_lease(who, at) THEN RETURN acteon.done(a, at, '{"kind": "not_owner"}'); END IF;
  IF l.version IS DISTINCT FROM (a ->> 'version')::bigint THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'conflict', 'version', l.version));
  END IF;
  IF l.superseded THEN RETURN acteon.done(a, at, '{"kind": "superseded"}'); END IF;
  seen := acteon.check_gates(gates, e.seq, at, true);
  SELECT value -> 'holder' INTO holder FROM jsonb_array_elements(seen) WITH ORDINALITY AS r (value, n)
    WHERE value ->> 'would' = 'refuse' ORDER BY n LIMIT 1;
  IF holder IS NOT NULL AND NOT (a ->> 'force')::boolean THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'held', 'holder', holder));
  END IF;

  DELETE FROM acteon.dead_letter WHERE pos = l.pos;
  -- Forced, it goes without the keys that others hold.
  SELECT coalesce(jsonb_agg(g.value ORDER BY g.n), '[]') INTO free
    FROM jsonb_array_elements(gates) WITH ORDINALITY AS g (value, n) WHERE seen -> (g.n::int - 1) ->> 'would' = 'pass';
  holds := acteon.take_gates(free, e.tenant, e.seq, e.id, at);
  UPDATE acteon.entry SET try = try + 1, dispatched_at = at, settled_at = NULL, outcome = NULL WHERE seq = e.seq
    RETURNING * INTO e;
  queued := acteon.enter_lane(e.namespace, e.tenant, l.lane);
  w := acteon.open_work(e, CASE WHEN queued THEN 'queued' ELSE 'running' END, CASE WHEN NOT queued THEN who END,
    e.fence + 1, NULL, l.lane, 0, a ->> 'idempotency_key', holds, seen::text, a ->> 'context', l.origin, l.plan, l.action);
  IF queued THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'queued', 'try', w.try, 'fence', w.fence));
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('kind', 'deliver', 'admission', acteon.admission(w)));
END $$;
