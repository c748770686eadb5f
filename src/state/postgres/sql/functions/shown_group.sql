-- A group for people.
CREATE OR REPLACE FUNCTION acteon.shown_group(g acteon.grp) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('namespace', g.namespace, 'tenant', g.tenant, 'group_id', g.group_id, 'group_key', g.group_key,
    'rule', g.rule, 'provider', g.provider, 'action_type', g.action_type, 'labels', g.labels, 'event_count', g.count,
    'generation', g.generation, 'state', CASE WHEN g.count > 0 THEN 'pending' ELSE 'notified' END, 'notify_at', g.due_at,
    'created_at', g.created_at)
$$;
