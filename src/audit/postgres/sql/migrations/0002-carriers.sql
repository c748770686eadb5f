-- Who took an action, where that is not the provider that it was planned for: a record and its figures count for the
-- fallback that stood in. `coalesce(stand_in, provider)` is the carrier.
ALTER TABLE acteon.audit_record ADD COLUMN stand_in text;
ALTER TABLE acteon.audit_figure ADD COLUMN stand_in text NOT NULL DEFAULT '';
ALTER TABLE acteon.audit_figure DROP CONSTRAINT audit_figure_pkey;
ALTER TABLE acteon.audit_figure
  ADD PRIMARY KEY (minute, kind, node, namespace, tenant, provider, action_type, rule, outcome, stand_in, pid);

-- What is on record already. Its figures are moved under a process that there is not: added to the stand-in, taken from the
-- planned provider. Halves of surrogate pairs are no json to PostgreSQL, as in audit_json.
DO $$
DECLARE
  odd constant text := '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})';
  one record;
  slots bigint[];
BEGIN
  UPDATE acteon.audit_record SET stand_in = nullif(regexp_replace(decided, odd, '\1?', 'g')::json ->> 'new_provider', provider)
    WHERE outcome = 'rerouted';
  FOR one IN
    SELECT at / 60000 AS minute, kind, regexp_replace(draft, odd, '\1?', 'g')::json ->> 'node' AS node, namespace, tenant,
      provider, action_type, coalesce(matched_rule, '') AS rule, outcome, stand_in, greatest(0, floor(
        (decision::json ->> 'completed_at')::float8 - (decision::json ->> 'dispatched_at')::float8 + 0.5))::bigint AS took
    FROM acteon.audit_record WHERE outcome = 'rerouted' AND stand_in IS NOT NULL
  LOOP
    slots := array_fill(0::bigint, ARRAY[15]);
    slots[1 + width_bucket(one.took - 1, ARRAY[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000]::bigint[])] := 1;
    INSERT INTO acteon.audit_figure AS f VALUES
      (one.minute, one.kind, one.node, one.namespace, one.tenant, one.provider, one.action_type, one.rule, one.outcome, 0, 1,
        one.took, slots, one.stand_in),
      (one.minute, one.kind, one.node, one.namespace, one.tenant, one.provider, one.action_type, one.rule, one.outcome, 0, -1,
        -one.took, (SELECT array_agg(-n ORDER BY i) FROM unnest(slots) WITH ORDINALITY AS s (n, i)), '')
    ON CONFLICT (minute, kind, node, namespace, tenant, provider, action_type, rule, outcome, stand_in, pid) DO UPDATE
    SET count = f.count + excluded.count, sum_ms = f.sum_ms + excluded.sum_ms,
      buckets = (SELECT array_agg(a + b ORDER BY i) FROM unnest(f.buckets, excluded.buckets) WITH ORDINALITY AS s (a, b, i));
  END LOOP;
END $$;
