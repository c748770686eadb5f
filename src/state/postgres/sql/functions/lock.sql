-- Takes the named locks until the end of the transaction, in one order over all operations: by class, then by hash.
-- An operation takes classes in rising order, and all of them before its first write; so no two can wait for each other.
--   class  1 an id, 2 a gate's key, 3 a group, 4 an event, 5 a lane, 6 a record, a rate, a dead letter
--   names  what is locked
CREATE OR REPLACE FUNCTION acteon.lock(class int, names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
BEGIN
  FOR number IN
    SELECT DISTINCT (class::bigint << 59) | (hashtextextended('acteon.' || name, 0) & ((1::bigint << 59) - 1))
    FROM unnest(names) AS name ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock(number);
  END LOOP;
END $$;
