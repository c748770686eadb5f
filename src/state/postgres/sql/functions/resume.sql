-- Takes over open work of owners whose lease has run out, by turns of the owners, each one's oldest first; rows that
-- another node is taking at this moment are left to it. Answers {admissions}.
--   a  {token, deadline, now?, owner, limit}
CREATE OR REPLACE FUNCTION acteon.resume(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  given text := acteon.known(a);
  at float8 := acteon.time((a ->> 'now')::float8);
  who bigint := (a ->> 'owner')::bigint;
  most int := (a ->> 'limit')::int;
  dead bigint[];
  places bigint[];
  place bigint;
  taken jsonb := '[]';
BEGIN
  given := coalesce(given, acteon.late(a, at));
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF acteon.holds_lease(who, at) THEN
    WITH RECURSIVE busy AS (
      (SELECT owner FROM acteon.work WHERE owner IS NOT NULL ORDER BY owner LIMIT 1)
      UNION ALL
      SELECT (SELECT w.owner FROM acteon.work w WHERE w.owner > b.owner ORDER BY w.owner LIMIT 1) FROM busy b
      WHERE b.owner IS NOT NULL
    )
    SELECT array_agg(b.owner) INTO dead FROM busy b WHERE b.owner IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM acteon.node n WHERE n.owner = b.owner AND n.lease_until > at);
    IF dead IS NOT NULL THEN
      SELECT array_agg(pos) INTO places FROM (
        SELECT w.pos FROM unnest(dead) AS d (owner), LATERAL (
          SELECT o.pos, row_number() OVER (ORDER BY o.pos) AS turn FROM acteon.work o WHERE o.owner = d.owner
          ORDER BY o.pos LIMIT most) AS w
        ORDER BY w.turn, w.pos LIMIT most) AS chosen;
      FOR place IN
        SELECT w.pos FROM acteon.work w WHERE w.pos = ANY (places) AND w.owner = ANY (dead) ORDER BY w.pos
        FOR UPDATE SKIP LOCKED
      LOOP
        taken := taken || acteon.take(place, who, 1);
      END LOOP;
    END IF;
  END IF;
  RETURN acteon.done(a, at, jsonb_build_object('admissions', taken));
END $$;
