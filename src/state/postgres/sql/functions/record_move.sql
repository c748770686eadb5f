-- Puts a move that no dispatch made on record, under the newest action's id; its version tells moves of one instant apart.
--   changes  members of the draft that are of this move
CREATE OR REPLACE FUNCTION acteon.record_move(s jsonb, ev acteon.event, old_state text, notified boolean, at float8,
  changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  t acteon.event_terms;
BEGIN
  SELECT * INTO t FROM acteon.event_terms WHERE id = ev.id;
  PERFORM acteon.put_on_record(s, t.facts::jsonb || changes || '{"kind": "transition"}', t.draft,
    (changes || '{"kind": "transition"}')::text,
    jsonb_build_object('dispatched_at', at, 'completed_at', at, 'try', ev.version,
      'links', jsonb_build_object('event', ev.fingerprint)),
    acteon.state_changed(ev, old_state, notified), NULL);
END $$;
