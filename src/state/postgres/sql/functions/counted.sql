-- How many there are of what is counted of a tenant.
CREATE OR REPLACE FUNCTION acteon.counted(tn text, counted text) RETURNS bigint LANGUAGE sql AS $$
  SELECT coalesce(sum(n), 0)::bigint FROM acteon.tally WHERE tenant = tn AND what = counted
$$;
