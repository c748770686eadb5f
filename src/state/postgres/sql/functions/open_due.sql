-- Opens the derived action of a scheduled one that is due, unplanned, with what its parent still holds: its admission.
CREATE OR REPLACE FUNCTION acteon.open_due(w acteon.work, who bigint, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  parent acteon.entry;
  child acteon.entry;
  opened acteon.work;
  act text := coalesce(w.action, (SELECT action FROM acteon.sent WHERE entry = w.entry));
BEGIN
  SELECT * INTO parent FROM acteon.entry WHERE seq = w.entry;
  child := acteon.new_derived(w.namespace, w.tenant, 'due:' || acteon.in_id(parent.id), at);
  UPDATE acteon.reservation SET holder = child.seq, holder_id = child.id WHERE holder = parent.seq AND until > at
    AND key IN (SELECT substr(hold, 2) FROM unnest(w.holds) AS hold);
  DELETE FROM acteon.work WHERE pos = w.pos;
  UPDATE acteon.entry SET work = NULL, fence = w.fence + 1 WHERE seq = parent.seq;
  opened := acteon.open_work(child, 'running', who, 1, NULL, NULL, 0, child.id, w.holds, '[]', w.context, w.origin, w.plan,
    act);
  PERFORM acteon.add_frame(at, 'scheduled_action_due', w.namespace, w.tenant, jsonb_build_object(
    'action_type', acteon.json_of(act) ->> 'action_type', 'action_id', parent.id, 'derived_id', child.id));
  RETURN acteon.admission(opened);
END $$;
