-- The store's time, milliseconds, and never less than what was told before (a sequence remembers that, outside of
-- transactions). While the server's clock is behind, because it was set back, time stands still.
--   given  the time of a simulation; null: the server's clock
CREATE OR REPLACE FUNCTION acteon.time(given float8) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  wall float8 := coalesce(given, floor(extract(epoch FROM clock_timestamp()) * 1000));
  told float8;
BEGIN
  SELECT last_value INTO told FROM acteon.clock;
  IF wall <= told THEN RETURN told; END IF;
  PERFORM setval('acteon.clock', wall::bigint);
  RETURN wall;
END $$;
