-- An id is known for its retention after its outcome, and for as long as its dead letter is kept.
CREATE OR REPLACE FUNCTION acteon.is_over(e acteon.entry, at float8, retention float8) RETURNS boolean LANGUAGE sql AS $$
  SELECT e.work IS NULL AND e.settled_at IS NOT NULL AND e.settled_at + retention <= at
    AND NOT EXISTS (SELECT 1 FROM acteon.dead_letter WHERE entry = e.seq)
$$;
