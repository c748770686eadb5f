-- Appends an action to its group, and seals what the group has collected when that is enough: {outcome, follow, links}.
--   a  as admit gets it; its ending {key, group_key, group_id, rule, labels, wait_ms, interval_ms, repeat_ms?, max_size,
--      member, bytes, member_labels: [[name, value]], provider, action_type, plan, action, context}
CREATE OR REPLACE FUNCTION acteon.join_group(a jsonb, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  n jsonb := a -> 'ending';
  g acteon.grp;
  shared jsonb;
  is_full boolean;
BEGIN
  SELECT * INTO g FROM acteon.grp WHERE key = n ->> 'key' AND tenant = a ->> 'tenant' AND namespace = a ->> 'namespace'
    FOR UPDATE;
  IF g.id IS NULL THEN
    INSERT INTO acteon.grp VALUES (nextval('acteon.seq'), n ->> 'key', a ->> 'namespace', a ->> 'tenant', n ->> 'group_id',
      n ->> 'group_key', n ->> 'rule', n ->> 'provider', n ->> 'action_type', n ->> 'labels', (n ->> 'interval_ms')::float8,
      (n ->> 'repeat_ms')::float8, (n ->> 'max_size')::bigint, 0, at + (n ->> 'wait_ms')::float8, at, NULL, 0, 0, NULL)
      RETURNING * INTO g;
    INSERT INTO acteon.grp_terms VALUES (g.id, n ->> 'plan', n ->> 'action', n ->> 'context', NULL);
  END IF;
  INSERT INTO acteon.member VALUES (nextval('acteon.seq'), g.id, a ->> 'id', at, n ->> 'member');
  IF g.shared_labels IS NULL THEN
    shared := n -> 'member_labels';
  ELSE
    SELECT coalesce(jsonb_agg(l.value ORDER BY l.place), '[]') INTO shared
      FROM jsonb_array_elements(g.shared_labels::jsonb) WITH ORDINALITY AS l (value, place)
      WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(n -> 'member_labels') AS m WHERE m.value = l.value);
  END IF;
  UPDATE acteon.grp SET count = count + 1, bytes = bytes + (n ->> 'bytes')::bigint, shared_labels = shared::text
    WHERE id = g.id RETURNING * INTO g;
  PERFORM acteon.add_frame(at, 'group_event_added', g.namespace, g.tenant, jsonb_build_object('action_type', g.action_type,
    'action_id', a -> 'id', 'group_id', g.group_id, 'group_key', g.group_key, 'event_count', g.count));
  is_full := g.count >= g.max_size OR g.bytes >= 1048576;
  RETURN jsonb_build_object('outcome', jsonb_build_object('type', 'Grouped', 'group_id', g.group_id,
      'group_key', g.group_key, 'group_size', g.count,
      'notify_at', acteon.iso(CASE WHEN is_full THEN at ELSE g.due_at END))::text,
    'follow', CASE WHEN is_full THEN jsonb_build_array(acteon.seal(g, 'size', (a ->> 'owner')::bigint, at)) ELSE '[]' END,
    'links', jsonb_build_object('group', g.group_id));
END $$;
