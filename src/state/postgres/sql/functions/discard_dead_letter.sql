-- Removes a dead letter, if it still is at `version`: {kind: done} or {kind: conflict, version}.
--   a  {token, deadline, now?, s, id, version, facts, draft, decision, outcome, gates?}
CREATE OR REPLACE FUNCTION acteon.discard_dead_letter(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  l acteon.dead_letter;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT * INTO l FROM acteon.dead_letter WHERE id = a ->> 'id' FOR UPDATE;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF l.version IS DISTINCT FROM (a ->> 'version')::bigint THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'conflict', 'version', l.version));
  END IF;
  DELETE FROM acteon.dead_letter WHERE pos = l.pos;
  PERFORM acteon.put_on_record(a -> 's', a -> 'facts', a ->> 'draft', NULL, a -> 'decision', a ->> 'outcome', a ->> 'gates');
  RETURN acteon.done(a, at, '{"kind": "done"}');
END $$;
