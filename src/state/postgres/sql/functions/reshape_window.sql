-- Gives a window another form, and keeps the newest times of what passed. The row must be locked.
CREATE OR REPLACE FUNCTION acteon.reshape_window(w acteon.win, most bigint, width float8, at float8) RETURNS acteon.win
LANGUAGE plpgsql AS $$
DECLARE
  times float8[];
  room int;
BEGIN
  SELECT array_agg(least(at, passed_at) ORDER BY passed_at) INTO times FROM (
    SELECT CASE WHEN w.exact THEN value ELSE (i + 1) * w.size END AS passed_at
    FROM acteon.slot, generate_series(1, CASE WHEN w.exact THEN 1 ELSE value::int END) WHERE win = w.id
  ) AS known;
  times := coalesce(times, '{}');
  DELETE FROM acteon.slot WHERE win = w.id;
  IF most <= 1000 THEN
    room := CASE WHEN w.exact THEN most ELSE 1000 END;
    times := times[greatest(1, cardinality(times) - room + 1):];
    INSERT INTO acteon.slot SELECT w.id, (n - 1) % room, value FROM unnest(times) WITH ORDINALITY AS t (value, n);
    w.exact := true; w.size := room; w.passed := cardinality(times);
  ELSE
    INSERT INTO acteon.slot SELECT w.id, floor(value / (width / 64)), count(*) FROM unnest(times) AS value GROUP BY 2;
    w.exact := false; w.size := width / 64;
  END IF;
  UPDATE acteon.win SET exact = w.exact, size = w.size WHERE id = w.id;
  RETURN w;
END $$;
