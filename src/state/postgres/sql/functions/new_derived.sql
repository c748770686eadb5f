-- Enters a new entry of ours, open, and its row: `base` is its id, unless an earlier thing of the same name (an event that
-- was removed and opened again) used it and is still known. Receivers would take a second use for a repetition.
CREATE OR REPLACE FUNCTION acteon.new_derived(ns text, tn text, base text, at float8) RETURNS acteon.entry
LANGUAGE plpgsql AS $$
DECLARE
  e acteon.entry;
  number bigint := nextval('acteon.seq');
BEGIN
  INSERT INTO acteon.entry VALUES (number, ns, tn, 'derived', base, '', 1, 1, NULL, at, NULL, NULL)
    ON CONFLICT DO NOTHING RETURNING * INTO e;
  IF e.seq IS NULL THEN
    INSERT INTO acteon.entry VALUES (number, ns, tn, 'derived', base || '.' || number, '', 1, 1, NULL, at, NULL, NULL)
      RETURNING * INTO e;
  END IF;
  RETURN e;
END $$;
