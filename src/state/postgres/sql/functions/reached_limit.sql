-- The cap that an admission would exceed, {kind: limit, what, cap}, or null. Keys that have run out make room first.
-- Admissions that run at the same moment may pass a cap together, by as many as they are.
CREATE OR REPLACE FUNCTION acteon.reached_limit(tn text, ns text, caps jsonb, ending jsonb, reserving bigint,
  opens_active boolean, at float8) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  cap bigint;
  there bigint;
BEGIN
  IF reserving > 0 THEN
    cap := (caps ->> 'reservations')::bigint;
    IF acteon.counted(tn, 'reservations') + reserving > cap THEN
      PERFORM acteon.forget_reservations(tn, at, 1000);
      IF acteon.counted(tn, 'reservations') + reserving > cap THEN
        RETURN jsonb_build_object('kind', 'limit', 'what', 'reservations', 'cap', cap);
      END IF;
    END IF;
  END IF;
  IF ending ->> 'kind' = 'group' THEN
    cap := (caps ->> 'open_groups')::bigint;
    SELECT count(*) INTO there FROM (SELECT 1 FROM acteon.grp WHERE tenant = tn LIMIT cap) AS few;
    IF there >= cap AND NOT EXISTS (SELECT 1 FROM acteon.grp
        WHERE key = ending ->> 'key' AND tenant = tn AND namespace = ns) THEN
      RETURN jsonb_build_object('kind', 'limit', 'what', 'open_groups', 'cap', cap);
    END IF;
  END IF;
  IF opens_active THEN
    cap := (caps ->> 'active_events')::bigint;
    IF acteon.counted(tn, 'events') + 1 > cap THEN
      RETURN jsonb_build_object('kind', 'limit', 'what', 'active_events', 'cap', cap);
    END IF;
  END IF;
  IF ending ->> 'kind' = 'schedule' THEN
    cap := (caps ->> 'jobs')::bigint;
    SELECT count(*) INTO there FROM (SELECT 1 FROM acteon.work
      WHERE tenant = tn AND status IN ('parked', 'scheduled') LIMIT cap) AS few;
    IF there >= cap THEN RETURN jsonb_build_object('kind', 'limit', 'what', 'jobs', 'cap', cap); END IF;
  END IF;
  RETURN NULL;
END $$;
