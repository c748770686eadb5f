-- Removes at most `most` frames that are kept no longer: from before `cut`, or more than `kept` before the newest; how many.
CREATE OR REPLACE FUNCTION acteon.forget_frames(cut float8, kept int, most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  beyond acteon.frame;
  one record;
  removed bigint := 0;
BEGIN
  SELECT * INTO beyond FROM acteon.frame ORDER BY xid DESC, pos DESC OFFSET kept LIMIT 1;
  FOR one IN
    DELETE FROM acteon.frame f USING (
      SELECT xid, pos FROM acteon.frame WHERE at <= cut OR (beyond.pos IS NOT NULL AND (xid, pos) <= (beyond.xid, beyond.pos))
      ORDER BY xid, pos LIMIT most) AS old
    WHERE f.xid = old.xid AND f.pos = old.pos RETURNING f.xid, f.pos
  LOOP
    UPDATE acteon.frame_floor SET xid = one.xid, pos = one.pos WHERE (xid, pos) < (one.xid, one.pos);
    removed := removed + 1;
  END LOOP;
  RETURN removed;
END $$;
