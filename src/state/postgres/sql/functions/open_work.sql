-- Enters open work of an entry whose row is written: the entry gets its work and its fence.
CREATE OR REPLACE FUNCTION acteon.open_work(e acteon.entry, state text, who bigint, number bigint, due float8, in_lane text,
  taken_over int, idem text, held text[], seen text, told text, came text, plan_text text, action_text text)
  RETURNS acteon.work LANGUAGE plpgsql AS $$
DECLARE
  w acteon.work;
BEGIN
  INSERT INTO acteon.work (pos, entry, status, owner, fence, due_at, lane, namespace, tenant, try, dispatched_at,
      takeovers, idempotency_key, holds, gates, context, origin, plan, action)
    VALUES (nextval('acteon.seq'), e.seq, state, who, number, due, in_lane, e.namespace, e.tenant, e.try, e.dispatched_at,
      taken_over, idem, held, seen, told, came, plan_text, action_text)
    RETURNING * INTO w;
  UPDATE acteon.entry SET work = w.pos, fence = number WHERE seq = e.seq;
  RETURN w;
END $$;
