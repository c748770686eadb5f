-- Answers what conditions ask, in one statement: a list of booleans, states and nulls.
--   a  {now?, lookups: [{kind, namespace, tenant, fingerprint?, action_type?, label?, value?}]}
CREATE OR REPLACE FUNCTION acteon.lookup(a jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(CASE
    WHEN q ->> 'kind' = 'event_state' THEN (SELECT to_jsonb(e.state) FROM acteon.event e
      WHERE e.fingerprint = q ->> 'fingerprint' AND e.tenant = q ->> 'tenant' AND e.namespace = q ->> 'namespace'
        AND (e.kept_until IS NULL OR e.kept_until > acteon.time_now((a ->> 'now')::float8)))
    WHEN q ? 'value' THEN to_jsonb(EXISTS (SELECT 1 FROM acteon.event_label l
      WHERE l.value = q ->> 'value' AND l.action_type = q ->> 'action_type' AND l.tenant = q ->> 'tenant'
        AND l.namespace = q ->> 'namespace' AND (NOT q ? 'label' OR l.label = q ->> 'label')))
    -- A label without a value: the value that was asked for is missing, and nothing has it.
    WHEN q ? 'label' THEN 'false'
    ELSE to_jsonb(EXISTS (SELECT 1 FROM acteon.event e WHERE e.active AND e.action_type = q ->> 'action_type'
      AND e.tenant = q ->> 'tenant' AND e.namespace = q ->> 'namespace')) END ORDER BY n), '[]')::text
  FROM jsonb_array_elements(a -> 'lookups') WITH ORDINALITY AS asked (q, n)
$$;
