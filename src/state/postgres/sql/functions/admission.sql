-- What the owner of running work gets. Texts of JSON stay texts.
CREATE OR REPLACE FUNCTION acteon.admission(w acteon.work) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('namespace', e.namespace, 'tenant', e.tenant, 'space', e.space, 'id', e.id, 'try', w.try,
    'fence', w.fence, 'owner', w.owner, 'dispatched_at', w.dispatched_at, 'plan', w.plan,
    'action', coalesce(w.action, (SELECT action FROM acteon.sent WHERE entry = w.entry)), 'origin', w.origin,
    'context', w.context, 'attempts', w.attempts, 'takeovers', w.takeovers, 'lane', w.lane, 'gates', w.gates,
    'idempotency_key', w.idempotency_key)
  FROM acteon.entry e WHERE e.seq = w.entry
$$;
