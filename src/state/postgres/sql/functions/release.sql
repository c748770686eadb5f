-- Releases what a failure does not leave held.
--   held  keys, each with "r" (released by a failure) or "k" (kept) before it
CREATE OR REPLACE FUNCTION acteon.release(held text[], who bigint, tn text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  released bigint;
BEGIN
  DELETE FROM acteon.reservation WHERE holder = who
    AND key IN (SELECT substr(hold, 2) FROM unnest(held) AS hold WHERE left(hold, 1) = 'r');
  GET DIAGNOSTICS released = ROW_COUNT;
  PERFORM acteon.count(tn, 'reservations', -released);
END $$;
