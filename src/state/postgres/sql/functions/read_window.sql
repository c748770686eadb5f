-- Says whether a window lets one more pass, now: {used, retry_after_ms?}. Exact by the time of the limit-th newest
-- admission (a sliding window log, kept as a ring); in its counted form an admission counts until its whole bucket has
-- left, so it never lets more pass.
--   gate  {key, limit, window_ms}, at  the store's time
CREATE OR REPLACE FUNCTION acteon.read_window(gate jsonb, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w acteon.win;
  most bigint := (gate ->> 'limit')::bigint;
  width float8 := (gate ->> 'window_ms')::float8;
  leaves float8;
  within bigint;
  remaining bigint;
  one record;
BEGIN
  SELECT * INTO w FROM acteon.win WHERE key = gate ->> 'key';
  IF w.id IS NULL THEN
    RETURN CASE WHEN most > 0 THEN '{"used": 0}'::jsonb ELSE jsonb_build_object('used', 0, 'retry_after_ms', width) END;
  END IF;
  IF most <= 1000 AND w.exact AND w.size >= most THEN
    IF w.passed >= most AND most > 0 THEN
      SELECT value + width INTO leaves FROM acteon.slot WHERE win = w.id AND i = (w.passed - most) % w.size::bigint;
      IF leaves > at THEN RETURN jsonb_build_object('used', most, 'retry_after_ms', leaves - at); END IF;
    END IF;
    SELECT count(*) INTO within FROM acteon.slot WHERE win = w.id AND value + width > at;
    IF most = 0 THEN RETURN jsonb_build_object('used', 0, 'retry_after_ms', width); END IF;
    RETURN jsonb_build_object('used', least(within, most));
  END IF;
  SELECT coalesce(sum(CASE WHEN w.exact THEN 1 ELSE value END), 0) INTO within FROM acteon.slot
    WHERE win = w.id AND CASE WHEN w.exact THEN value ELSE (i + 1) * w.size END + width > at;
  remaining := within;
  FOR one IN
    SELECT CASE WHEN w.exact THEN value ELSE (i + 1) * w.size END AS passed_at,
      CASE WHEN w.exact THEN 1 ELSE value END AS times
    FROM acteon.slot WHERE win = w.id AND CASE WHEN w.exact THEN value ELSE (i + 1) * w.size END + width > at ORDER BY 1
  LOOP
    EXIT WHEN remaining < most;
    remaining := remaining - one.times;
    IF remaining < most THEN
      RETURN jsonb_build_object('used', within, 'retry_after_ms', one.passed_at + width - at);
    END IF;
  END LOOP;
  RETURN jsonb_build_object('used', within);
END $$;
