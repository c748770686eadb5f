-- Moves an event by hand.
--   a  {token, deadline, now?, s, owner, namespace, tenant, fingerprint, to, by, caller, record_id, context,
--      machines: {name: {retention_ms, enter, moves: {state: {to: {notify}}}}}}
-- Answers {kind: moved, previous_state, new_state, notify, version, follow} | {kind: unknown} |
-- {kind: not_allowed, state, machine} | {kind: not_owner}.
CREATE OR REPLACE FUNCTION acteon.transition(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  ev acteon.event;
  moved acteon.event;
  at float8;
  chosen text := a ->> 'to';
  machine jsonb;
  edge jsonb;
  notified boolean;
  follow jsonb := '[]';
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  PERFORM acteon.lock(4, ARRAY[concat_ws(chr(1), a ->> 'namespace', a ->> 'tenant', a ->> 'fingerprint')]);
  SELECT * INTO ev FROM acteon.event WHERE fingerprint = a ->> 'fingerprint' AND tenant = a ->> 'tenant'
    AND namespace = a ->> 'namespace' FOR UPDATE;
  PERFORM acteon.lock(5, ARRAY[concat_ws(chr(1), a ->> 'namespace', a ->> 'tenant', 'event:' || (a ->> 'fingerprint'))]);
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF NOT acteon.holds_lease((a ->> 'owner')::bigint, at) THEN RETURN acteon.done(a, at, '{"kind": "not_owner"}'); END IF;
  IF ev.id IS NULL OR ev.kept_until <= at THEN RETURN acteon.done(a, at, '{"kind": "unknown"}'); END IF;
  IF chosen = ev.state THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'moved', 'previous_state', ev.state, 'new_state', ev.state,
      'notify', false, 'version', ev.version, 'follow', follow));
  END IF;
  machine := a -> 'machines' -> ev.machine;
  edge := machine -> 'moves' -> ev.state -> chosen;
  IF edge IS NULL THEN
    RETURN acteon.done(a, at, jsonb_build_object('kind', 'not_allowed', 'state', ev.state, 'machine', ev.machine));
  END IF;
  notified := (edge ->> 'notify')::boolean;
  moved := acteon.move(ev, machine, chosen, ev.state, a -> 'by', at);
  PERFORM acteon.tell_change(moved, ev.state,
    jsonb_build_object('action_id', moved.last_action_id, 'by', a #> '{by,caller}'), at);
  PERFORM acteon.record_move(a -> 's', moved, ev.state, notified, at,
    (a -> 'caller') || jsonb_build_object('id', a -> 'record_id'));
  IF notified THEN
    follow := acteon.notify(moved, ev.state, ev.updated_at, a -> 'by', a ->> 'context', (a ->> 'owner')::bigint, at);
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('kind', 'moved', 'previous_state', ev.state, 'new_state', chosen,
    'notify', notified, 'version', moved.version, 'follow', follow));
END $$;
