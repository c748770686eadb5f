-- Writes one record and its figures, as part of the caller's transaction; a repeat changes nothing.
--   facts     {namespace, tenant, action_id, kind, node, provider, action_type, verdict, rule, caller_id, chain_id, event, group}
--   draft     JSON text, changes  JSON text of what replaces members of it, or null
--   decision  {dispatched_at, completed_at, try, refused_by?, links?}; times in milliseconds
--   decided   JSON text of the outcome, gates  JSON text, or null, ttl_ms  how long it is kept, or null
CREATE OR REPLACE FUNCTION acteon.audit_write(facts jsonb, draft text, changes text, decision jsonb, decided text,
  gates text, ttl_ms float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moment bigint := floor((decision ->> 'dispatched_at')::float8);
  took bigint := greatest(0, floor((decision ->> 'completed_at')::float8 - (decision ->> 'dispatched_at')::float8 + 0.5));
  word text := lower(regexp_replace(acteon.audit_json(decided) ->> 'type', '(?<!^)([A-Z])', '_\1', 'g'));
  by_rule text := coalesce(decision #>> '{refused_by,rule}', facts ->> 'rule');
  place int := 1;
  bound int;
  -- Whoever took it, where that is not the provider that it was planned for.
  taker text := CASE WHEN word = 'rerouted' THEN nullif(acteon.audit_json(decided) ->> 'new_provider', facts ->> 'provider') END;
  slots bigint[] := array_fill(0::bigint, ARRAY[15]);
BEGIN
  INSERT INTO acteon.audit_record VALUES (moment, nextval('acteon.audit_seq'), facts ->> 'kind', facts ->> 'namespace',
    facts ->> 'tenant', facts ->> 'action_id', (decision ->> 'try')::int, facts ->> 'provider', facts ->> 'action_type',
    word, coalesce(decision #>> '{refused_by,verdict}', facts ->> 'verdict'), by_rule, facts ->> 'caller_id',
    facts ->> 'chain_id', coalesce(decision #>> '{links,event}', facts ->> 'event'),
    coalesce(decision #>> '{links,group}', facts ->> 'group'), ttl_ms, draft, changes, decision::text, decided, gates, taker)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN; END IF;
  FOREACH bound IN ARRAY ARRAY[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000] LOOP
    EXIT WHEN took <= bound;
    place := place + 1;
  END LOOP;
  slots[place] := 1;
  INSERT INTO acteon.audit_figure AS f VALUES (moment / 60000, facts ->> 'kind', facts ->> 'node', facts ->> 'namespace', facts ->> 'tenant',
    facts ->> 'provider', facts ->> 'action_type', coalesce(by_rule, ''), word, pg_backend_pid(), 1, took, slots,
    coalesce(taker, ''))
    ON CONFLICT (minute, kind, node, namespace, tenant, provider, action_type, rule, outcome, stand_in, pid) DO UPDATE
    SET count = f.count + 1, sum_ms = f.sum_ms + excluded.sum_ms, buckets[place] = f.buckets[place] + 1;
END $$;
