-- What a group does when its time has come: seal, remind, wait for the next interval, or close. A list of admissions.
CREATE OR REPLACE FUNCTION acteon.group_due(g acteon.grp, who bigint, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  IF g.count > 0 THEN
    RETURN jsonb_build_array(acteon.seal(g, CASE WHEN g.flushed_at IS NULL THEN 'wait' ELSE 'interval' END, who, at));
  END IF;
  IF g.repeat_ms IS NULL THEN
    PERFORM acteon.close_group(g, at);
  ELSIF at >= g.flushed_at + g.repeat_ms THEN
    RETURN jsonb_build_array(acteon.seal(g, 'repeat', who, at));
  ELSE
    UPDATE acteon.grp SET due_at = due_at + (floor((at - due_at) / interval_ms) + 1) * interval_ms WHERE id = g.id;
  END IF;
  RETURN '[]';
END $$;
