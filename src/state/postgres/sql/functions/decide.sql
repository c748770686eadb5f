-- What an action's status does to an event: {kind: open | move | repeat, to?, notify?, opens_active}, or {outcome} that
-- refuses it. What each state leads to is decided beforehand (`decideTransition`); here it is only looked up.
--   ev  the event, or null; n  the ending, its `decided` {none, closed, states, other, other_message: [before, after]}
CREATE OR REPLACE FUNCTION acteon.decide(ev acteon.event, n jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  table_of jsonb := n -> 'decided';
  decision jsonb;
BEGIN
  IF ev.id IS NULL THEN decision := table_of -> 'none';
  ELSIF ev.machine <> n #>> '{machine,name}' THEN
    RETURN jsonb_build_object('outcome', jsonb_build_object('type', 'Failed', 'code', 'EVENT_OF_OTHER_MACHINE',
      'message', format('Fingerprint "%s" belongs to an event of state machine "%s", and the rule names "%s".',
        ev.fingerprint, ev.machine, n #>> '{machine,name}'), 'retryable', false, 'attempts', 0)::text);
  ELSIF NOT ev.active THEN decision := table_of -> 'closed';
  ELSE decision := coalesce(table_of -> 'states' -> ev.state, table_of -> 'other');
  END IF;
  IF decision ->> 'kind' = 'open' THEN
    decision := decision || jsonb_build_object('opens_active',
      NOT coalesce((n #>> ARRAY['machine', 'enter', decision ->> 'to', 'final'])::boolean, false));
  END IF;
  RETURN decision;
END $$;
