-- A dead letter, with its entry's key; texts of JSON stay texts.
CREATE OR REPLACE FUNCTION acteon.dead_letter_row(l acteon.dead_letter) RETURNS jsonb LANGUAGE sql AS $$
  SELECT to_jsonb(l) || jsonb_build_object('key_id', e.id, 'key_space', e.space)
  FROM acteon.entry e WHERE e.seq = l.entry
$$;
