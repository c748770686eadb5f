-- Frames after a position, oldest first: {frames, lost, last}. Only frames of transactions are shown before which none can
-- still commit, so that a reader who goes on from the last one misses nothing; a long transaction of anyone in this
-- server delays them.
--   a  {now?, after: [xid, pos] | null | "none of this log", limit, kept_ms}
CREATE OR REPLACE FUNCTION acteon.frames(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
  cut float8 := acteon.time_now((a ->> 'now')::float8) - (a ->> 'kept_ms')::float8;
  low_xid xid8;
  low_pos bigint;
  floor_row acteon.frame_floor;
  last_xid xid8 := '0';
  last_pos bigint := 0;
  old_xid xid8;
  old_pos bigint;
  lost boolean := false;
  found jsonb;
BEGIN
  SELECT * INTO floor_row FROM acteon.frame_floor;
  SELECT xid, pos INTO last_xid, last_pos FROM acteon.frame WHERE xid < horizon ORDER BY xid DESC, pos DESC LIMIT 1;
  IF last_xid IS NULL THEN last_xid := floor_row.xid; last_pos := floor_row.pos; END IF;
  -- What is too old, and was not removed yet, is as good as gone.
  SELECT xid, pos INTO old_xid, old_pos FROM acteon.frame WHERE at <= cut AND xid < horizon
    ORDER BY at DESC, xid DESC, pos DESC LIMIT 1;
  IF old_xid IS NULL THEN old_xid := floor_row.xid; old_pos := floor_row.pos; END IF;
  IF jsonb_typeof(a -> 'after') = 'array' THEN
    low_xid := (a #>> '{after,0}')::xid8;
    low_pos := (a #>> '{after,1}')::bigint;
    lost := (low_xid, low_pos) < (old_xid, old_pos) OR (low_xid, low_pos) > (last_xid, last_pos);
  ELSE
    lost := jsonb_typeof(a -> 'after') = 'string';
  END IF;
  IF lost OR low_xid IS NULL THEN low_xid := old_xid; low_pos := old_pos; END IF;
  SELECT jsonb_agg(to_jsonb(f) ORDER BY f.xid, f.pos) INTO found FROM (
    SELECT xid, pos, at, type, namespace, tenant, data FROM acteon.frame
    WHERE (xid, pos) > (low_xid, low_pos) AND xid < horizon ORDER BY xid, pos LIMIT (a ->> 'limit')::int) AS f;
  RETURN jsonb_build_object('frames', coalesce(found, '[]'), 'lost', lost, 'last_xid', last_xid::text, 'last_pos', last_pos)::text;
END $$;
