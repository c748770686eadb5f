-- Settles open work under its fence: its outcome, its record, what it held, its dead letter, and the next of its lane.
--   a  {token, deadline, now?, s, owner, namespace, tenant, space, id, fence, unowned, outcome, again, releases, redacted,
--      shown, facts, draft, dead_letter?: {id, code, error, attempts, provider, action_type}}
-- Answers {kind: done, completed_at, follow, duplicates} or {kind: replaced}.
CREATE OR REPLACE FUNCTION acteon.complete(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  w acteon.work;
  ns text := a ->> 'namespace';
  tn text := a ->> 'tenant';
  at float8;
  dup_count bigint;
  dup_last text[];
  decision jsonb;
  letter jsonb := CASE WHEN a -> 'dead_letter' <> 'null' THEN a -> 'dead_letter' END;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT o.* INTO w FROM acteon.entry e JOIN acteon.work o ON o.pos = e.work
    WHERE e.id = a ->> 'id' AND e.tenant = tn AND e.namespace = ns AND e.space = a ->> 'space';
  IF cardinality(w.holds) > 0 THEN
    PERFORM acteon.lock(2, ARRAY(SELECT substr(hold, 2) FROM unnest(w.holds) AS hold));
  END IF;
  IF w.lane IS NOT NULL THEN PERFORM acteon.lock(5, ARRAY[concat_ws(chr(1), ns, tn, w.lane)]); END IF;
  SELECT * INTO w FROM acteon.work WHERE pos = w.pos FOR UPDATE;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF w.pos IS NULL OR w.fence <> (a ->> 'fence')::bigint
      OR w.owner IS DISTINCT FROM (CASE WHEN (a ->> 'unowned')::boolean THEN NULL ELSE (a ->> 'owner')::bigint END) THEN
    RETURN acteon.done(a, at, '{"kind": "replaced"}');
  END IF;

  SELECT coalesce(sum(r.count), 0) INTO dup_count FROM unnest(w.holds) AS hold
    JOIN acteon.reservation r ON r.key = substr(hold, 2) AND r.holder = w.entry;
  SELECT coalesce(array_agg(l.id ORDER BY h.n, l.n), '{}') INTO dup_last
    FROM unnest(w.holds) WITH ORDINALITY AS h (hold, n)
    JOIN acteon.reservation r ON r.key = substr(h.hold, 2) AND r.holder = w.entry,
    LATERAL unnest(r.last) WITH ORDINALITY AS l (id, n);
  dup_last := dup_last[greatest(1, cardinality(dup_last) - 9):];

  IF letter IS NOT NULL THEN
    INSERT INTO acteon.dead_letter VALUES (nextval('acteon.seq'), letter ->> 'id', w.entry, ns, tn,
      acteon.json_of(coalesce(w.action, (SELECT action FROM acteon.sent WHERE entry = w.entry))) ->> 'provider',
      acteon.json_of(coalesce(w.action, (SELECT action FROM acteon.sent WHERE entry = w.entry))) ->> 'action_type',
      letter ->> 'code', letter ->> 'error', at, 1, w.try, w.fence, w.lane, w.overtaken, dup_count, dup_last,
      letter ->> 'attempts', w.context, w.origin, w.plan,
      coalesce(w.action, (SELECT action FROM acteon.sent WHERE entry = w.entry)));
  END IF;
  IF (a ->> 'releases')::boolean THEN PERFORM acteon.release(w.holds, w.entry, tn); END IF;
  DELETE FROM acteon.work WHERE pos = w.pos;
  UPDATE acteon.entry SET fence = w.fence + CASE WHEN (a ->> 'unowned')::boolean THEN 1 ELSE 0 END, work = NULL,
    settled_at = at, outcome = a ->> 'outcome', again = (a ->> 'again')::boolean WHERE seq = w.entry;
  decision := jsonb_build_object('dispatched_at', w.dispatched_at, 'completed_at', at, 'try', w.try);
  IF dup_count > 0 THEN
    decision := decision || jsonb_build_object('links', jsonb_build_object('duplicates',
      jsonb_build_object('count', dup_count, 'last', dup_last)));
  END IF;
  PERFORM acteon.put_on_record(a -> 's', a -> 'facts', a ->> 'draft', NULL, decision, a ->> 'redacted', NULL);
  PERFORM acteon.announce(at, a -> 'facts', decision, a ->> 'shown');
  RETURN acteon.done(a, at, jsonb_build_object('kind', 'done', 'completed_at', at,
    'follow', acteon.advance_lane(ns, tn, w.lane, (a ->> 'owner')::bigint),
    'duplicates', jsonb_build_object('count', dup_count, 'last', dup_last)));
END $$;
