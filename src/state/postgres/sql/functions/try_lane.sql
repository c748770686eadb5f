-- Takes the lock of a lane if nobody has it, and says whether it did: for who already has locks of its own.
CREATE OR REPLACE FUNCTION acteon.try_lane(ns text, tn text, lane text) RETURNS boolean LANGUAGE sql AS $$
  SELECT pg_try_advisory_xact_lock((5::bigint << 59)
    | (hashtextextended('acteon.' || concat_ws(chr(1), ns, tn, lane), 0) & ((1::bigint << 59) - 1)))
$$;
