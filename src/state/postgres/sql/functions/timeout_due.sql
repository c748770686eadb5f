-- A state was not left in time: the move that the machine which armed the timeout asks for. A node that does not know the
-- machine any more leaves the timeout for a minute later. The event's row and its lane must be locked. Admissions.
CREATE OR REPLACE FUNCTION acteon.timeout_due(ev acteon.event, who bigint, s jsonb, machine jsonb, at float8) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  moved acteon.event;
  mover jsonb := jsonb_build_object('timeout', ev.state);
BEGIN
  IF machine IS NULL OR NOT (machine -> 'enter') ? ev.timeout_to THEN
    UPDATE acteon.event SET timeout_at = at + 60000 WHERE id = ev.id;
    RETURN '[]';
  END IF;
  moved := acteon.move(ev, machine, ev.timeout_to, ev.state, mover, at);
  PERFORM acteon.add_frame(at, 'timeout', ev.namespace, ev.tenant, jsonb_build_object('action_type', ev.action_type,
    'action_id', ev.last_action_id, 'fingerprint', ev.fingerprint, 'state_machine', ev.machine, 'previous_state', ev.state,
    'new_state', moved.state, 'version', moved.version));
  PERFORM acteon.record_move(s, moved, ev.state, ev.timeout_notify, at, jsonb_build_object(
    'id', 'timeout:' || ev.id || ':' || moved.version, 'caller_id', 'acteon', 'auth_method', 'timeout'));
  IF NOT ev.timeout_notify THEN RETURN '[]'; END IF;
  RETURN acteon.notify(moved, ev.state, ev.updated_at, mover,
    '{"caller_id": "acteon", "auth_method": "timeout", "trace_id": null}', who, at);
END $$;
