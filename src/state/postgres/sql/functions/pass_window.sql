-- Takes a place in a window. After a reload changed its limit or length, the newest times are kept.
--   gate  {key, limit, window_ms}, at  the store's time
CREATE OR REPLACE FUNCTION acteon.pass_window(gate jsonb, at float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  w acteon.win;
  most bigint := (gate ->> 'limit')::bigint;
  width float8 := (gate ->> 'window_ms')::float8;
  is_exact boolean := most <= 1000;
  bucket bigint;
  counted float8;
BEGIN
  SELECT * INTO w FROM acteon.win WHERE key = gate ->> 'key' FOR UPDATE;
  IF w.id IS NULL THEN
    INSERT INTO acteon.win VALUES (nextval('acteon.seq'), gate ->> 'key', is_exact,
      CASE WHEN is_exact THEN most ELSE width / 64 END, 0, at) RETURNING * INTO w;
  ELSIF NOT (CASE WHEN is_exact THEN w.exact AND w.size >= most ELSE NOT w.exact AND w.size = width / 64 END) THEN
    w := acteon.reshape_window(w, most, width, at);
  END IF;
  IF w.exact THEN
    INSERT INTO acteon.slot VALUES (w.id, w.passed % w.size::bigint, at)
      ON CONFLICT (win, i) DO UPDATE SET value = excluded.value;
  ELSE
    bucket := floor(at / w.size);
    INSERT INTO acteon.slot AS o VALUES (w.id, bucket, 1)
      ON CONFLICT (win, i) DO UPDATE SET value = o.value + 1 RETURNING value INTO counted;
    IF counted = 1 THEN DELETE FROM acteon.slot WHERE win = w.id AND i < bucket - 65; END IF;
  END IF;
  UPDATE acteon.win SET passed = w.passed + 1, free_at = at + 2 * width WHERE id = w.id;
END $$;
