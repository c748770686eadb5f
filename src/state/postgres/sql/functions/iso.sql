-- A time in milliseconds as RFC 3339.
CREATE OR REPLACE FUNCTION acteon.iso(at float8) RETURNS text LANGUAGE sql AS $$
  SELECT to_char(to_timestamp(floor(at) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
