-- The outcome, or what goes on record, of a move; of a repetition when both states are equal. JSON text.
CREATE OR REPLACE FUNCTION acteon.state_changed(ev acteon.event, old_state text, notified boolean) RETURNS text
LANGUAGE sql AS $$
  SELECT jsonb_build_object('type', 'StateChanged', 'fingerprint', ev.fingerprint, 'previous_state', old_state,
    'new_state', ev.state, 'notify', notified, 'state_machine', ev.machine, 'version', ev.version,
    'occurrence', ev.occurrence)::text
$$;
