-- When the earliest job is due; null when there is none.
CREATE OR REPLACE FUNCTION acteon.next_due() RETURNS float8 LANGUAGE sql AS $$
  SELECT least((SELECT min(due_at) FROM acteon.work WHERE due_at IS NOT NULL), (SELECT min(due_at) FROM acteon.grp),
    (SELECT min(timeout_at) FROM acteon.event WHERE timeout_at IS NOT NULL))
$$;
