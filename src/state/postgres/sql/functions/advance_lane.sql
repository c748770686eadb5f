-- Gives a lane's next one to the owner, when its head is waiting for that: a list of none or one. The lane must be locked.
CREATE OR REPLACE FUNCTION acteon.advance_lane(ns text, tn text, name text, who bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w acteon.work;
BEGIN
  IF name IS NULL THEN RETURN '[]'; END IF;
  SELECT * INTO w FROM acteon.work WHERE lane = name AND tenant = tn AND namespace = ns ORDER BY pos LIMIT 1 FOR UPDATE;
  IF w.status = 'queued' THEN RETURN jsonb_build_array(acteon.take(w.pos, who, 0)); END IF;
  RETURN '[]';
END $$;
