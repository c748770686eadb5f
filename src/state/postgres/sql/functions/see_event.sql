-- Counts an action that arrived for an event, and names it as the newest.
--   a  as admit gets it
CREATE OR REPLACE FUNCTION acteon.see_event(a jsonb, ev acteon.event, at float8) RETURNS acteon.event LANGUAGE plpgsql AS $$
DECLARE
  n jsonb := a -> 'ending';
  timeout jsonb := n -> 'machine' -> 'enter' -> ev.state -> 'timeout';
  seen acteon.event;
BEGIN
  UPDATE acteon.event SET count = count + 1, last_seen_at = at, last_action_id = a ->> 'id', provider = n ->> 'provider',
      severity = coalesce(n ->> 'severity', severity),
      timeout_at = CASE WHEN active AND (timeout ->> 'restart')::boolean THEN at + (timeout ->> 'after_ms')::float8
        ELSE timeout_at END
    WHERE id = ev.id RETURNING * INTO seen;
  RETURN seen;
END $$;
