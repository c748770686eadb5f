-- The store's time for an operation that changes nothing: as `time`, and remembers nothing.
--   given  the time of a simulation; null: the server's clock
CREATE OR REPLACE FUNCTION acteon.time_now(given float8) RETURNS float8 LANGUAGE sql AS $$
  SELECT greatest(coalesce(given, floor(extract(epoch FROM clock_timestamp()) * 1000)), last_value) FROM acteon.clock
$$;
