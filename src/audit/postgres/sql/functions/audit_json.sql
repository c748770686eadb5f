-- A JSON text of callers or providers as json, to look into it: PostgreSQL refuses NUL and halves of surrogate pairs
-- anywhere in it, so they are replaced. What is stored is always the text itself.
CREATE OR REPLACE FUNCTION acteon.audit_json(given text) RETURNS json LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN strpos(given, '\u') = 0 THEN given
    ELSE regexp_replace(given, '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1?', 'g') END::json
$$;
