-- A text of callers in an id of ours: as it is, or its hash when it has other characters than ids may have.
CREATE OR REPLACE FUNCTION acteon.in_id(name text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN name ~ '^[A-Za-z0-9._:-][A-Za-z0-9._~:-]{0,199}$' THEN name
    ELSE '~' || encode(sha256(convert_to(name, 'UTF8')), 'hex') END
$$;
