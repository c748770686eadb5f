-- Enters the notification of a move into the event's lane, in the step that moves it. It delivers the newest action of the
-- event, and is the owner's to send now, unless earlier ones have not ended. The lane must be locked. Admissions.
CREATE OR REPLACE FUNCTION acteon.notify(ev acteon.event, old_state text, since float8, mover jsonb, context text, who bigint,
  at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  t acteon.event_terms;
  e acteon.entry;
  w acteon.work;
  lane text := 'event:' || ev.fingerprint;
  queued boolean;
BEGIN
  SELECT * INTO t FROM acteon.event_terms WHERE id = ev.id;
  queued := acteon.enter_lane(ev.namespace, ev.tenant, lane);
  e := acteon.new_derived(ev.namespace, ev.tenant, 'notify:' || acteon.in_id(ev.fingerprint) || ':' || ev.version, at);
  w := acteon.open_work(e, CASE WHEN queued THEN 'queued' ELSE 'running' END, CASE WHEN NOT queued THEN who END, 1, NULL,
    lane, 0, e.id, '{}', '[]', context,
    jsonb_build_object('kind', 'notification', 'event', jsonb_build_object('fingerprint', ev.fingerprint,
      'state_machine', ev.machine, 'previous_state', old_state, 'new_state', ev.state, 'occurrence', ev.occurrence,
      'version', ev.version, 'started_at', acteon.iso(ev.opened_at), 'changed_at', acteon.iso(ev.updated_at),
      'moved_by', mover) || CASE WHEN since IS NULL THEN '{}' ELSE jsonb_build_object('previous_since', acteon.iso(since)) END)::text,
    t.plan, t.action);
  UPDATE acteon.event SET notified_count = notified_count + 1 WHERE id = ev.id;
  IF queued THEN RETURN '[]'; END IF;
  RETURN jsonb_build_array(acteon.admission(w));
END $$;
