-- Writes a new event, or the next occurrence of a closed one, still without a state; `move` enters the first.
--   a  as admit gets it, closed  the event's row, or null
CREATE OR REPLACE FUNCTION acteon.open_event(a jsonb, closed acteon.event, at float8) RETURNS acteon.event
LANGUAGE plpgsql AS $$
DECLARE
  n jsonb := a -> 'ending';
  ev acteon.event;
BEGIN
  IF closed.id IS NOT NULL THEN DELETE FROM acteon.event WHERE id = closed.id; END IF;
  INSERT INTO acteon.event VALUES (coalesce(closed.id, nextval('acteon.seq')), a ->> 'namespace', a ->> 'tenant',
    n ->> 'fingerprint', n #>> '{machine,name}', n #>> '{machine,initial}', true, n ->> 'action_type', n ->> 'labels',
    n ->> 'provider', n ->> 'severity', coalesce(closed.occurrence, 0) + 1, coalesce(closed.version, 0), at, at, at, 1, 0, '',
    NULL, NULL, NULL, NULL, a ->> 'id', 0) RETURNING * INTO ev;
  INSERT INTO acteon.event_label
    SELECT ev.id, ev.action_type, ev.tenant, ev.namespace, l.value ->> 1, l.value ->> 0
    FROM jsonb_array_elements(n -> 'index') AS l ON CONFLICT DO NOTHING;
  PERFORM acteon.count(ev.tenant, 'events', 1);
  RETURN ev;
END $$;
