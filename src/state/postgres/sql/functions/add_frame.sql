-- Appends to the event log, as part of the step that it tells of.
--   said  what the frame says; an outcome in it is the text of its JSON
CREATE OR REPLACE FUNCTION acteon.add_frame(at float8, kind text, ns text, tn text, said jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO acteon.frame (at, type, namespace, tenant, data) VALUES (at, kind, ns, tn, said::text)
$$;
