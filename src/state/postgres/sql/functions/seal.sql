-- Freezes what a group has collected (`repeat`: what its last batch was) into one derived action of the owner's; the group
-- goes on for its interval, or closes. The group's row must be locked. Answers the admission.
CREATE OR REPLACE FUNCTION acteon.seal(g acteon.grp, reason text, who bigint, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  t acteon.grp_terms;
  collected jsonb;
  members jsonb;
  e acteon.entry;
  w acteon.work;
BEGIN
  SELECT * INTO t FROM acteon.grp_terms WHERE id = g.id;
  IF reason = 'repeat' THEN
    collected := t.last_batch::jsonb;
  ELSE
    SELECT jsonb_agg(jsonb_build_object('id', m.id, 'received_at', m.received_at, 'text', m.text) ORDER BY m.pos) INTO members
      FROM acteon.member m WHERE m.grp = g.id;
    collected := jsonb_build_object('shared_labels', g.shared_labels::jsonb, 'members', members);
  END IF;
  e := acteon.new_derived(g.namespace, g.tenant,
    'flush:' || acteon.in_id(g.group_id) || ':' || (g.generation + 1), at);
  w := acteon.open_work(e, 'running', who, 1, NULL, NULL, 0, e.id, '{}', '[]', t.context,
    jsonb_build_object('kind', 'flush', 'batch', collected || jsonb_build_object('group_id', g.group_id,
      'group_key', g.group_key, 'generation', g.generation + 1, 'rule', g.rule, 'labels', g.labels,
      'first_at', collected #> '{members,0,received_at}', 'last_at', collected #> '{members,-1,received_at}',
      'flushed_at', at, 'reason', reason))::text, t.plan, t.action);
  PERFORM acteon.add_frame(at, 'group_flushed', g.namespace, g.tenant, jsonb_build_object('action_type', g.action_type,
    'action_id', e.id, 'group_id', g.group_id, 'group_key', g.group_key,
    'event_count', jsonb_array_length(collected -> 'members'), 'reason', reason));
  IF reason <> 'repeat' THEN
    DELETE FROM acteon.member WHERE grp = g.id;
    IF g.repeat_ms IS NOT NULL AND g.interval_ms > 0 THEN
      UPDATE acteon.grp_terms SET last_batch = collected::text WHERE id = g.id;
    END IF;
  END IF;
  IF g.interval_ms > 0 THEN
    UPDATE acteon.grp SET generation = generation + 1, due_at = at + interval_ms, flushed_at = at, count = 0, bytes = 0,
      shared_labels = NULL WHERE id = g.id;
  ELSE
    PERFORM acteon.close_group(g, at);
  END IF;
  RETURN acteon.admission(w);
END $$;
