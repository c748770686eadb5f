-- Keys that a due action was handed, and those that its new plan took.
CREATE OR REPLACE FUNCTION acteon.joined(handed text[], taken text[]) RETURNS text[] LANGUAGE sql AS $$
  SELECT ARRAY(SELECT h FROM unnest(coalesce(handed, '{}')) AS h
    WHERE NOT EXISTS (SELECT 1 FROM unnest(taken) AS t WHERE substr(t, 2) = substr(h, 2))) || taken
$$;
