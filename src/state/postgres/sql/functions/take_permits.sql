-- Takes permits of a rate, at most a second ahead (or one permit ahead, where the rate is below one per second): the
-- generic cell rate algorithm, whose whole state is the instant up to which the rate is given away.
--   a  {token, deadline, now?, name, per_second, count}
-- Answers {granted, retry_after_ms}.
CREATE OR REPLACE FUNCTION acteon.take_permits(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  permit float8 := 1000 / (a ->> 'per_second')::float8;
  horizon float8;
  booked float8;
  granted float8;
  at float8;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  PERFORM acteon.lock(6, ARRAY[concat_ws(chr(1), 'rate', a ->> 'name')]);
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  horizon := at + greatest(1000, permit);
  booked := greatest(at, coalesce((SELECT booked_until FROM acteon.rate WHERE name = a ->> 'name'), 0));
  -- A thousandth of a permit is forgiven to sums of fractions.
  granted := least((a ->> 'count')::float8, greatest(0, floor((horizon - booked) / permit + 0.001)));
  booked := booked + granted * permit;
  IF granted > 0 THEN
    INSERT INTO acteon.rate VALUES (a ->> 'name', booked)
      ON CONFLICT (name) DO UPDATE SET booked_until = excluded.booked_until;
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('granted', granted, 'retry_after_ms', greatest(0, ceil(booked + permit - horizon))));
END $$;
