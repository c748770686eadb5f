-- Someone enters a lane: whoever was in it before, and failed for good, or yet will, cannot be sent again after him.
-- Whether others are open in it, so that he must queue. The lane must be locked.
CREATE OR REPLACE FUNCTION acteon.enter_lane(ns text, tn text, name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  taken boolean;
BEGIN
  IF name IS NULL THEN RETURN false; END IF;
  SELECT EXISTS (SELECT 1 FROM acteon.work WHERE lane = name AND tenant = tn AND namespace = ns) INTO taken;
  UPDATE acteon.work SET overtaken = true WHERE lane = name AND tenant = tn AND namespace = ns AND NOT overtaken;
  UPDATE acteon.dead_letter SET superseded = true
    WHERE lane = name AND tenant = tn AND namespace = ns AND NOT superseded;
  RETURN taken;
END $$;
