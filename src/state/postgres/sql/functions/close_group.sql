-- Removes a group that nobody waits in.
CREATE OR REPLACE FUNCTION acteon.close_group(g acteon.grp, at float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM acteon.grp WHERE id = g.id;
  DELETE FROM acteon.grp_terms WHERE id = g.id;
  PERFORM acteon.add_frame(at, 'group_resolved', g.namespace, g.tenant, jsonb_build_object('action_type', g.action_type,
    'group_id', g.group_id, 'group_key', g.group_key));
END $$;
