-- Does what was decided: opens, moves, or counts a repetition; the newest action is what later moves deliver.
-- Answers {outcome, follow, links}. The event, if any, and its lane must be locked.
--   a  as admit gets it; its ending {fingerprint, machine: {name, retention_ms, enter}, decided, action_type, labels,
--      index: [[label, value]], severity?, provider, plan, action, draft, facts}
CREATE OR REPLACE FUNCTION acteon.enter_transition(a jsonb, ev acteon.event, decision jsonb, at float8) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  n jsonb := a -> 'ending';
  kind text := decision ->> 'kind';
  links jsonb := jsonb_build_object('event', n -> 'fingerprint');
  old_state text := CASE WHEN kind = 'move' THEN ev.state END;
  since float8 := CASE WHEN kind = 'move' THEN ev.updated_at END;
  mover jsonb := jsonb_build_object('action', a -> 'id');
  notified boolean := coalesce((decision ->> 'notify')::boolean, false);
  seen acteon.event;
BEGIN
  seen := CASE WHEN kind = 'open' THEN acteon.open_event(a, ev, at) ELSE acteon.see_event(a, ev, at) END;
  INSERT INTO acteon.event_terms VALUES (seen.id, n ->> 'plan', n ->> 'action', n ->> 'draft', (n -> 'facts')::text)
    ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, action = excluded.action, draft = excluded.draft,
      facts = excluded.facts;
  IF kind = 'repeat' THEN
    RETURN jsonb_build_object('outcome', acteon.state_changed(seen, seen.state, false), 'links', links);
  END IF;
  seen := acteon.move(seen, n -> 'machine', decision ->> 'to', old_state, mover, at);
  PERFORM acteon.tell_change(seen, old_state, jsonb_build_object('action_id', a -> 'id'), at);
  RETURN jsonb_build_object('outcome', acteon.state_changed(seen, old_state, notified), 'links', links,
    'follow', CASE WHEN notified
      THEN acteon.notify(seen, old_state, since, mover, a ->> 'context', (a ->> 'owner')::bigint, at) ELSE '[]' END);
END $$;
