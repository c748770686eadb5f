-- Tells the stream of a move.
CREATE OR REPLACE FUNCTION acteon.tell_change(ev acteon.event, old_state text, more jsonb, at float8) RETURNS void
LANGUAGE sql AS $$
  SELECT acteon.add_frame(at, 'action_status_changed', ev.namespace, ev.tenant, jsonb_build_object(
    'action_type', ev.action_type, 'fingerprint', ev.fingerprint, 'state_machine', ev.machine,
    'previous_status', old_state, 'new_status', ev.state, 'version', ev.version) || more)
$$;
