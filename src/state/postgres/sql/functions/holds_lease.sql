-- Whether an incarnation's lease holds: until, and not at, the instant it was given to.
CREATE OR REPLACE FUNCTION acteon.holds_lease(who bigint, at float8) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (SELECT 1 FROM acteon.node WHERE owner = who AND lease_until > at)
$$;
