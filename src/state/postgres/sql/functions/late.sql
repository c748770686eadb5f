-- The answer to an operation whose deadline has passed, or null. It is not remembered: nothing was changed.
--   a  {deadline}, at  the store's time
CREATE OR REPLACE FUNCTION acteon.late(a jsonb, at float8) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN (a ->> 'deadline')::float8 < at
    THEN jsonb_build_object('kind', 'late', 'by', at - (a ->> 'deadline')::float8)::text END
$$;
