-- How much there is of what: an object as `StateStats`.
--   a  {now?}
CREATE OR REPLACE FUNCTION acteon.stats(a jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT jsonb_build_object('open', w.all, 'queued', w.queued, 'parked', w.parked, 'scheduled', w.scheduled,
    'jobs', w.parked + w.scheduled + g.all + t.all,
    'job_lag_ms', coalesce(greatest(0, acteon.time_now((a ->> 'now')::float8) - acteon.next_due()), 0), 'groups', g.all,
    'events', (SELECT coalesce(sum(n), 0) FROM acteon.tally WHERE what = 'events'),
    'dead_letters', (SELECT count(*) FROM acteon.dead_letter),
    'outbox', (SELECT coalesce(sum(n), 0) FROM acteon.tally WHERE what = 'outbox'))::text
  FROM (SELECT count(*) AS all, count(*) FILTER (WHERE status = 'queued') AS queued,
      count(*) FILTER (WHERE status = 'parked') AS parked, count(*) FILTER (WHERE status = 'scheduled') AS scheduled
    FROM acteon.work) AS w,
    (SELECT count(*) AS all FROM acteon.grp) AS g,
    (SELECT count(*) AS all FROM acteon.event WHERE timeout_at IS NOT NULL) AS t
$$;
