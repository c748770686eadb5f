-- Looks at gates for an entry (null: one that is new), and takes nothing: what each says, in plan order,
-- {rule, verdict, would, holder?, used?, limit?, retry_after_ms?}.
--   gates  [{kind, key, rule, verdict, …}], everything  false: nothing is looked at after the first that refuses
CREATE OR REPLACE FUNCTION acteon.check_gates(gates jsonb, who bigint, at float8, everything boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  gate jsonb;
  seen jsonb := '[]';
  reading jsonb;
  holding text;
BEGIN
  FOR gate IN SELECT value FROM jsonb_array_elements(gates) LOOP
    IF gate ->> 'kind' = 'window' THEN
      reading := acteon.read_window(gate, at) || jsonb_build_object('limit', gate -> 'limit');
      reading := reading || jsonb_build_object('would', CASE WHEN reading ? 'retry_after_ms' THEN 'refuse' ELSE 'pass' END);
    ELSE
      SELECT r.holder_id INTO holding FROM acteon.reservation r
        WHERE r.key = gate ->> 'key' AND r.holder IS DISTINCT FROM who AND (r.until > at
          OR EXISTS (SELECT 1 FROM acteon.entry WHERE seq = r.holder AND settled_at IS NULL AND dispatched_at < r.until));
      reading := CASE WHEN holding IS NULL THEN '{"would": "pass"}'::jsonb
        ELSE jsonb_build_object('would', 'refuse', 'holder', holding) END;
    END IF;
    seen := seen || (reading || jsonb_build_object('rule', gate -> 'rule', 'verdict', gate -> 'verdict'));
    EXIT WHEN reading ->> 'would' = 'refuse' AND NOT everything;
  END LOOP;
  RETURN seen;
END $$;
