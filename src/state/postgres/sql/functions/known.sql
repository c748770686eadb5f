-- The answer that was given under the operation's token within the last minute, or null; another sending of the same
-- operation waits here until the first has its answer.
--   a  {token, now?}
CREATE OR REPLACE FUNCTION acteon.known(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found_at float8;
  given text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('acteon.token' || (a ->> 'token'), 0) & ((1::bigint << 59) - 1));
  SELECT at, answer INTO found_at, given FROM acteon.token WHERE token = a ->> 'token';
  IF found_at IS NULL OR acteon.time_now((a ->> 'now')::float8) - found_at > 60000 THEN RETURN NULL; END IF;
  RETURN given;
END $$;
