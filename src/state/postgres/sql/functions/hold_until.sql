-- Holds an action until it is due: its entry is settled, and has work that nobody owns. Answers {outcome}.
--   a  as admit gets it, u  the work that it goes on from, or null
CREATE OR REPLACE FUNCTION acteon.hold_until(a jsonb, e acteon.entry, u acteon.work, holds text[], seen jsonb, at float8)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ending jsonb := a -> 'ending';
  before jsonb := coalesce(u.origin::jsonb, '{"rules": [], "passed": []}');
  due float8 := coalesce((ending ->> 'at_ms')::float8, at + coalesce((ending ->> 'delay_ms')::float8, 0));
  passed jsonb;
BEGIN
  SELECT coalesce(jsonb_agg(rule ORDER BY first), '[]') INTO passed FROM (
    SELECT rule, min(n) AS first FROM jsonb_array_elements_text((before -> 'passed') || (ending -> 'passes'))
      WITH ORDINALITY AS p (rule, n) GROUP BY rule) AS rules;
  PERFORM acteon.open_work(e, 'scheduled', NULL, coalesce(u.fence, e.fence) + 1, due, NULL, 0, a ->> 'id',
    acteon.joined(u.holds, holds), seen::text, a ->> 'context',
    jsonb_build_object('kind', 'schedule', 'parent', a -> 'id', 'rules', (before -> 'rules') || (ending -> 'rule'),
      'passed', passed, 'planned', false)::text,
    a ->> 'plan', CASE WHEN NOT (a ->> 'original' IS NULL AND a ->> 'space' = 'caller' AND e.try = 1) THEN a ->> 'action' END);
  RETURN jsonb_build_object('outcome', jsonb_build_object('type', 'Scheduled', 'action_id', a -> 'id',
    'scheduled_for', acteon.iso(due))::text);
END $$;
