-- Enters a state: version, history, timeout, and the event's end where the state is final. The row must be locked.
--   m  {retention_ms, enter: {state: {final, timeout?: {after_ms, to, notify, restart}}}}
CREATE OR REPLACE FUNCTION acteon.move(ev acteon.event, m jsonb, new_state text, old_state text, mover jsonb, at float8)
RETURNS acteon.event LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  entered jsonb := m -> 'enter' -> new_state;
  closes boolean := entered IS NULL OR (entered ->> 'final')::boolean;
  timeout jsonb := CASE WHEN NOT closes THEN entered -> 'timeout' END;
  moved acteon.event;
BEGIN
  UPDATE acteon.event SET state = new_state, version = version + 1, active = NOT closes, updated_at = at,
      changed_by = coalesce(mover ->> 'action', mover ->> 'caller', 'timeout'),
      timeout_at = at + (timeout ->> 'after_ms')::float8, timeout_to = timeout ->> 'to',
      timeout_notify = (timeout ->> 'notify')::boolean,
      kept_until = CASE WHEN closes THEN at + (m ->> 'retention_ms')::float8 END, changed = nextval('acteon.seq')
    WHERE id = ev.id RETURNING * INTO moved;
  INSERT INTO acteon.history VALUES (ev.id, moved.version, moved.occurrence, old_state, new_state, at, mover::text);
  IF closes THEN
    PERFORM acteon.count(ev.tenant, 'events', -1);
    DELETE FROM acteon.event_label WHERE event = ev.id;
  END IF;
  RETURN moved;
END $$;
