-- An entry for people, with its open work; texts of JSON stay texts.
CREATE OR REPLACE FUNCTION acteon.entry_view(e acteon.entry) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('entry', to_jsonb(e), 'work', (SELECT to_jsonb(w) FROM acteon.work w WHERE w.pos = e.work),
    'sent', (SELECT action FROM acteon.sent WHERE entry = e.seq))
$$;
