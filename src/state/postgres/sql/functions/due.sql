-- Runs what is due, in due order. What another node is working on at this moment is left to it.
--   a  {token, deadline, now?, s, owner, limit, machines: {name: {retention_ms, enter}}}
-- Answers {admissions, ran, next_due, lag_ms}.
CREATE OR REPLACE FUNCTION acteon.due(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8 := acteon.time((a ->> 'now')::float8);
  who bigint := (a ->> 'owner')::bigint;
  most int := (a ->> 'limit')::int;
  job record;
  w acteon.work;
  g acteon.grp;
  ev acteon.event;
  more jsonb;
  found jsonb := '[]';
  ran int := 0;
  lag float8 := 0;
BEGIN
  given := coalesce(given, acteon.late(a, at));
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF acteon.holds_lease(who, at) THEN
    FOR job IN
      SELECT kind, due, id FROM (
        (SELECT 1 AS kind, due_at AS due, pos AS id FROM acteon.work WHERE due_at <= at ORDER BY due_at, pos LIMIT most)
        UNION ALL
        (SELECT 2, due_at, id FROM acteon.grp WHERE due_at <= at ORDER BY due_at, id LIMIT most)
        UNION ALL
        (SELECT 3, timeout_at, id FROM acteon.event WHERE timeout_at <= at ORDER BY timeout_at, id LIMIT most)
      ) AS jobs ORDER BY due, kind, id LIMIT most
    LOOP
      more := NULL;
      IF job.kind = 1 THEN
        SELECT * INTO w FROM acteon.work WHERE pos = job.id AND due_at <= at FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN w.pos IS NULL;
        more := jsonb_build_array(CASE WHEN w.status = 'parked' THEN acteon.take(w.pos, who, 0)
          ELSE acteon.open_due(w, who, at) END);
      ELSIF job.kind = 2 THEN
        SELECT * INTO g FROM acteon.grp WHERE id = job.id AND due_at <= at FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN g.id IS NULL;
        more := acteon.group_due(g, who, at);
      ELSE
        SELECT * INTO ev FROM acteon.event WHERE id = job.id AND timeout_at <= at FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN ev.id IS NULL OR NOT acteon.try_lane(ev.namespace, ev.tenant, 'event:' || ev.fingerprint);
        more := acteon.timeout_due(ev, who, a -> 's', a -> 'machines' -> ev.machine, at);
      END IF;
      IF ran = 0 THEN lag := at - job.due; END IF;
      ran := ran + 1;
      found := found || more;
    END LOOP;
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('admissions', found, 'ran', ran, 'next_due', acteon.next_due(),
    'lag_ms', lag));
END $$;
