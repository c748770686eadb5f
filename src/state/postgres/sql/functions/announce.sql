-- Tells the stream that an action has its outcome.
--   outcome  JSON text, without what a provider answered
CREATE OR REPLACE FUNCTION acteon.announce(at float8, facts jsonb, decision jsonb, outcome text) RETURNS void
LANGUAGE sql AS $$
  SELECT acteon.add_frame(at, 'action_dispatched', facts ->> 'namespace', facts ->> 'tenant', jsonb_build_object(
    'action_type', facts -> 'action_type', 'action_id', facts -> 'action_id', 'provider', facts -> 'provider',
    'verdict', coalesce(decision #> '{refused_by,verdict}', facts -> 'verdict'),
    'matched_rule', coalesce(decision #> '{refused_by,rule}', facts -> 'rule'), 'kind', facts -> 'kind',
    'duration_ms', greatest(0, (decision ->> 'completed_at')::float8 - (decision ->> 'dispatched_at')::float8),
    'outcome', outcome))
$$;
