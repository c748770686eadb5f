-- Replaces the plan that a redelivery will send, if the dead letter still is at `version`.
--   a  {token, deadline, now?, s, id, version, plan, action, provider, action_type, facts, draft, decision, outcome, gates?}
-- Answers the row, or {kind: conflict, version}.
CREATE OR REPLACE FUNCTION acteon.edit_dead_letter(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
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
  UPDATE acteon.dead_letter SET version = version + 1, plan = a ->> 'plan', action = a ->> 'action',
    provider = a ->> 'provider', action_type = a ->> 'action_type' WHERE pos = l.pos RETURNING * INTO l;
  PERFORM acteon.put_on_record(a -> 's', a -> 'facts', a ->> 'draft', NULL, a -> 'decision', a ->> 'outcome', a ->> 'gates');
  RETURN acteon.done(a, at, acteon.dead_letter_row(l));
END $$;
