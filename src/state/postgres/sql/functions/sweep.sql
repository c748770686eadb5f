-- Removes what has expired, at most `limit` rows of each kind; {removed}. One node at a time: another gets 0.
--   a  {token, deadline, now?, limit, retention, letters_kept, kept_ms, kept}
CREATE OR REPLACE FUNCTION acteon.sweep(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  moment float8 := acteon.time((a ->> 'now')::float8);
  most int := (a ->> 'limit')::int;
  removed bigint := 0;
  more bigint;
  one record;
BEGIN
  given := coalesce(given, acteon.late(a, moment));
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF NOT pg_try_advisory_xact_lock((7::bigint << 59) | (hashtextextended('acteon.sweep', 0) & ((1::bigint << 59) - 1))) THEN
    RETURN '{"removed": 0}';
  END IF;
  DELETE FROM acteon.token WHERE token IN (SELECT token FROM acteon.token WHERE at < moment - 60000 ORDER BY at
    LIMIT most * 10 FOR UPDATE SKIP LOCKED);
  FOR one IN SELECT e.seq FROM acteon.entry e WHERE e.settled_at <= moment - (a ->> 'retention')::float8 AND e.work IS NULL
      AND NOT EXISTS (SELECT 1 FROM acteon.dead_letter l WHERE l.entry = e.seq)
    ORDER BY e.settled_at LIMIT most FOR UPDATE SKIP LOCKED
  LOOP
    DELETE FROM acteon.entry WHERE seq = one.seq;
    DELETE FROM acteon.sent WHERE entry = one.seq;
    removed := removed + 1;
  END LOOP;
  more := 0;
  FOR one IN SELECT DISTINCT tenant FROM acteon.tally WHERE what = 'reservations' AND n <> 0 LOOP
    EXIT WHEN more >= most;
    more := more + acteon.forget_reservations(one.tenant, moment, (most - more)::int);
  END LOOP;
  removed := removed + more;
  FOR one IN SELECT id FROM acteon.win WHERE free_at <= moment ORDER BY free_at LIMIT most FOR UPDATE SKIP LOCKED LOOP
    DELETE FROM acteon.slot WHERE win = one.id;
    DELETE FROM acteon.win WHERE id = one.id;
    removed := removed + 1;
  END LOOP;
  FOR one IN SELECT id FROM acteon.event WHERE kept_until <= moment LIMIT most FOR UPDATE SKIP LOCKED LOOP
    PERFORM acteon.forget_event(one.id);
    removed := removed + 1;
  END LOOP;
  DELETE FROM acteon.dead_letter WHERE pos IN (SELECT pos FROM acteon.dead_letter
    WHERE created_at < moment - (a ->> 'letters_kept')::float8 ORDER BY created_at LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS more = ROW_COUNT;
  removed := removed + more + acteon.forget_frames(moment - (a ->> 'kept_ms')::float8, (a ->> 'kept')::int, most);
  DELETE FROM acteon.rate WHERE name IN (SELECT name FROM acteon.rate WHERE booked_until <= moment LIMIT most
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS more = ROW_COUNT;
  removed := removed + more;
  DELETE FROM acteon.node WHERE owner IN (SELECT owner FROM acteon.node WHERE lease_until <= moment - 3600000 LIMIT most);
  GET DIAGNOSTICS more = ROW_COUNT;
  PERFORM acteon.merge_tally();
  RETURN acteon.done(a, moment, jsonb_build_object('removed', removed + more));
END $$;
