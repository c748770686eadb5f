-- Writes a record if the stored version is `version` (0: absent); a value of null removes it.
--   a  {token, deadline, now?, kind, name, version, value: JSON text or null}
-- Answers {version, at}, or {conflict, version}.
CREATE OR REPLACE FUNCTION acteon.cas_record(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  there bigint;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  PERFORM acteon.lock(6, ARRAY[concat_ws(chr(1), 'record', a ->> 'kind', a ->> 'name')]);
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  SELECT version INTO there FROM acteon.record WHERE kind = a ->> 'kind' AND name = a ->> 'name';
  IF coalesce(there, 0) <> (a ->> 'version')::bigint THEN
    RETURN acteon.done(a, at, jsonb_build_object('conflict', true, 'version', there));
  END IF;
  IF a ->> 'value' IS NULL THEN
    DELETE FROM acteon.record WHERE kind = a ->> 'kind' AND name = a ->> 'name';
  ELSE
    INSERT INTO acteon.record VALUES (a ->> 'kind', a ->> 'name', (a ->> 'version')::bigint + 1, a ->> 'value', at)
      ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, value = excluded.value, at = excluded.at;
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('version', (a ->> 'version')::bigint + 1, 'at', at));
END $$;
