-- Decides about an action: checks in the contract's order, and writes after the last of them.
--   a  {token, deadline, now?, s, owner, namespace, tenant, space, id, body_hash, lane?, gates, ending?, continues?,
--      facts, draft, context, plan, action, original?}
--      s       {audit?, ttl_ms?, retention, bound, limits}
--      ending  {kind: answer, outcome, shown, again, releases} | {kind: group, …} | {kind: transition, …} |
--              {kind: schedule, …}, see admit.ts
-- Answers {kind, …} as `Admitted`; texts of JSON stay texts, and what the caller knows of an admission is left out.
CREATE OR REPLACE FUNCTION acteon.admit(a jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given text := acteon.known(a);
  s jsonb := a -> 's';
  ns text := a ->> 'namespace';
  tn text := a ->> 'tenant';
  own_id text := a ->> 'id';
  who bigint := (a ->> 'owner')::bigint;
  ending jsonb := CASE WHEN a -> 'ending' = 'null' THEN NULL ELSE a -> 'ending' END;
  kind text := ending ->> 'kind';
  lane text := a ->> 'lane';
  at float8;
  e acteon.entry;
  u acteon.work;
  w acteon.work;
  ev acteon.event;
  is_new boolean := true;
  seen jsonb := '[]';
  refusing jsonb;
  decision jsonb;
  holds text[] := '{}';
  waiting bigint;
  reserving bigint;
  cap bigint;
  result jsonb;
  said text;
  shown text;
  asks boolean := false;
  releases boolean := false;
  more jsonb := '{}';
  follow jsonb := '[]';
  queued boolean;
  number bigint;
  origin text;
BEGIN
  IF given IS NOT NULL THEN RETURN given; END IF;
  PERFORM acteon.lock(1, ARRAY[concat_ws(chr(1), ns, tn, a ->> 'space', own_id)]);
  IF jsonb_array_length(a -> 'gates') > 0 AND kind IS DISTINCT FROM 'answer' THEN
    PERFORM acteon.lock(2, ARRAY(SELECT value ->> 'key' FROM jsonb_array_elements(a -> 'gates')));
  END IF;
  IF kind = 'group' THEN PERFORM acteon.lock(3, ARRAY[concat_ws(chr(1), ns, tn, ending ->> 'key')]); END IF;
  IF kind = 'transition' THEN
    PERFORM acteon.lock(4, ARRAY[concat_ws(chr(1), ns, tn, ending ->> 'fingerprint')]);
    SELECT * INTO ev FROM acteon.event
      WHERE fingerprint = ending ->> 'fingerprint' AND tenant = tn AND namespace = ns FOR UPDATE;
    PERFORM acteon.lock(5, ARRAY[concat_ws(chr(1), ns, tn, 'event:' || (ending ->> 'fingerprint'))]);
  ELSIF ending IS NULL AND lane IS NOT NULL THEN
    PERFORM acteon.lock(5, ARRAY[concat_ws(chr(1), ns, tn, lane)]);
  END IF;
  at := acteon.time((a ->> 'now')::float8);
  given := acteon.late(a, at);
  IF given IS NOT NULL THEN RETURN given; END IF;
  IF NOT acteon.holds_lease(who, at) THEN RETURN acteon.done(a, at, '{"kind": "not_owner"}'); END IF;
  IF s ->> 'audit' IS NULL THEN
    waiting := acteon.counted(tn, 'outbox');
    IF waiting >= (s ->> 'bound')::bigint THEN
      RETURN acteon.done(a, at, jsonb_build_object('kind', 'backlog', 'waiting', waiting));
    END IF;
  END IF;

  -- The id.
  SELECT * INTO e FROM acteon.entry
    WHERE id = own_id AND tenant = tn AND namespace = ns AND space = a ->> 'space' FOR UPDATE;
  IF a ->> 'continues' IS NOT NULL THEN
    SELECT * INTO u FROM acteon.work WHERE pos = e.work FOR UPDATE;
    IF u.pos IS NULL OR u.fence <> (a ->> 'continues')::bigint OR u.owner IS DISTINCT FROM who THEN
      RETURN acteon.done(a, at, '{"kind": "replaced"}');
    END IF;
    is_new := false;
  ELSIF e.seq IS NOT NULL THEN
    IF e.work IS NULL AND e.settled_at + (s ->> 'retention')::float8 <= at
        AND NOT EXISTS (SELECT 1 FROM acteon.dead_letter WHERE entry = e.seq) THEN
      DELETE FROM acteon.entry WHERE seq = e.seq;
      DELETE FROM acteon.sent WHERE entry = e.seq;
      e := NULL;
    ELSIF e.body_hash <> a ->> 'body_hash' THEN
      RETURN acteon.done(a, at, '{"kind": "id_reused"}');
    ELSIF e.settled_at IS NULL THEN
      RETURN acteon.done(a, at, jsonb_build_object('kind', 'in_progress', 'try', e.try,
        'outcome', (SELECT answer FROM acteon.work WHERE pos = e.work)));
    ELSIF NOT e.again THEN
      RETURN acteon.done(a, at, jsonb_build_object('kind', 'replayed', 'outcome', e.outcome, 'try', e.try,
        'dispatched_at', e.dispatched_at));
    ELSE
      is_new := false;
    END IF;
  END IF;

  -- Gates, the transition, the caps: nothing is written until all have agreed.
  IF kind IS DISTINCT FROM 'answer' THEN
    seen := acteon.check_gates(a -> 'gates', e.seq, at, false);
    SELECT value INTO refusing FROM jsonb_array_elements(seen) WHERE value ->> 'would' = 'refuse';
    IF refusing IS NULL AND kind = 'transition' THEN
      IF ev.kept_until <= at THEN
        PERFORM acteon.forget_event(ev.id);
        ev := NULL;
      END IF;
      decision := acteon.decide(ev, ending);
      IF decision ->> 'outcome' IS NOT NULL THEN
        said := decision ->> 'outcome';
        releases := true;
      END IF;
    END IF;
    IF refusing IS NULL AND said IS NULL THEN
      SELECT count(*) INTO reserving FROM jsonb_array_elements(a -> 'gates') g WHERE g.value ->> 'kind' = 'reservation'
        AND NOT EXISTS (SELECT 1 FROM acteon.reservation r WHERE r.key = g.value ->> 'key');
      result := acteon.reached_limit(tn, ns, s -> 'limits', ending, reserving,
        coalesce((decision ->> 'opens_active')::boolean, false), at);
      IF result IS NOT NULL THEN RETURN acteon.done(a, at, result); END IF;
    END IF;
  END IF;

  -- The first thing that is written: a new entry, or the next try of a known one.
  IF u.pos IS NOT NULL THEN
    DELETE FROM acteon.work WHERE pos = u.pos;
  ELSIF is_new THEN
    INSERT INTO acteon.entry VALUES (nextval('acteon.seq'), ns, tn, a ->> 'space', own_id, a ->> 'body_hash', 1, 0, NULL,
      at, NULL, NULL) RETURNING * INTO e;
    INSERT INTO acteon.sent VALUES (e.seq, coalesce(a ->> 'original', a ->> 'action'));
  ELSE
    DELETE FROM acteon.dead_letter WHERE entry = e.seq;
    UPDATE acteon.entry SET try = try + 1, dispatched_at = at, settled_at = NULL, outcome = NULL WHERE seq = e.seq
      RETURNING * INTO e;
  END IF;

  IF kind = 'answer' THEN
    said := ending ->> 'outcome';
    shown := ending ->> 'shown';
    asks := (ending ->> 'again')::boolean;
    releases := (ending ->> 'releases')::boolean;
  ELSIF refusing IS NOT NULL THEN
    result := acteon.refuse(a -> 'gates' -> (jsonb_array_length(seen) - 1), refusing, own_id);
    said := result ->> 'outcome';
    asks := (result ->> 'again')::boolean;
    more := (result - 'outcome') - 'again';
  ELSIF said IS NULL THEN
    holds := acteon.take_gates(a -> 'gates', tn, e.seq, own_id, at);
    IF ending IS NULL THEN
      queued := acteon.enter_lane(ns, tn, lane);
      number := coalesce(u.fence, e.fence + 1);
      origin := CASE WHEN u.pos IS NULL THEN '{"kind": "dispatch"}' ELSE (u.origin::jsonb || '{"planned": true}')::text END;
      w := acteon.open_work(e, CASE WHEN queued THEN 'queued' ELSE 'running' END, CASE WHEN NOT queued THEN who END,
        number, NULL, lane, coalesce(u.takeovers, 0), own_id, acteon.joined(u.holds, holds), seen::text, a ->> 'context',
        origin, a ->> 'plan', CASE WHEN NOT (a ->> 'original' IS NULL AND u.pos IS NULL AND e.try = 1) THEN a ->> 'action' END);
      RETURN acteon.done(a, at, jsonb_build_object('kind', CASE WHEN queued THEN 'queued' ELSE 'deliver' END, 'try', e.try,
        'fence', number, 'dispatched_at', e.dispatched_at, 'gates', seen::text, 'origin', origin, 'takeovers', w.takeovers));
    ELSIF kind = 'group' THEN
      result := acteon.join_group(a, at);
    ELSIF kind = 'transition' THEN
      result := acteon.enter_transition(a, ev, decision, at);
    ELSE
      result := acteon.hold_until(a, e, u, holds, seen, at);
    END IF;
    said := result ->> 'outcome';
    follow := coalesce(result -> 'follow', '[]');
    IF result ? 'links' THEN more := jsonb_build_object('links', result -> 'links'); END IF;
  END IF;

  -- Its outcome, its record and its frame.
  IF u.pos IS NOT NULL AND releases THEN PERFORM acteon.release(u.holds, e.seq, tn); END IF;
  UPDATE acteon.entry SET settled_at = at, outcome = said, again = asks,
    fence = greatest(fence, coalesce(u.fence, 0)), work = CASE WHEN kind = 'schedule' AND refusing IS NULL THEN work END
    WHERE seq = e.seq;
  more := more || jsonb_build_object('dispatched_at', e.dispatched_at, 'completed_at', at, 'try', e.try);
  PERFORM acteon.put_on_record(s, a -> 'facts', a ->> 'draft', NULL, more, said, seen::text);
  PERFORM acteon.announce(at, a -> 'facts', more, coalesce(shown, said));
  RETURN acteon.done(a, at, jsonb_build_object('kind', 'settled', 'outcome', said, 'try', e.try,
    'dispatched_at', e.dispatched_at, 'gates', seen::text, 'follow', follow));
END $$;
