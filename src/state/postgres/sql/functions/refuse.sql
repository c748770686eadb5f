-- The outcome that a gate's refusal is, and what goes on record with it: {outcome, again, refused_by, links?}. A refusing
-- reservation counts the duplicate and keeps its id.
--   gate  as admit gets it, seen  what it said, name  the id that is refused
CREATE OR REPLACE FUNCTION acteon.refuse(gate jsonb, seen jsonb, name text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  mover jsonb := jsonb_build_object('refused_by', jsonb_build_object('rule', gate -> 'rule', 'verdict', gate -> 'verdict'));
  whole bigint;
BEGIN
  IF gate ->> 'kind' = 'reservation' THEN
    UPDATE acteon.reservation SET count = count + 1, last = (last || name)[greatest(1, cardinality(last) - 8):]
      WHERE key = gate ->> 'key';
    RETURN mover || jsonb_build_object('outcome', '{"type": "Deduplicated"}', 'again', false,
      'links', jsonb_build_object('duplicate_of', seen -> 'holder'));
  END IF;
  whole := greatest(0, ceil((seen ->> 'retry_after_ms')::float8));
  RETURN mover || jsonb_build_object('again', true, 'outcome', (jsonb_build_object('type', 'Throttled', 'rule', gate -> 'rule',
    'retry_after', jsonb_build_object('secs', whole / 1000, 'nanos', (whole % 1000) * 1000000))
    || CASE WHEN gate ->> 'message' IS NULL THEN '{}' ELSE jsonb_build_object('message', gate -> 'message') END)::text);
END $$;
