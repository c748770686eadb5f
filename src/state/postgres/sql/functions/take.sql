-- Makes waiting or abandoned work the owner's own, under a higher fence. The row must be locked.
--   place  the work's, who  the owner, more  takeovers that it counts more
CREATE OR REPLACE FUNCTION acteon.take(place bigint, who bigint, more int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w acteon.work;
BEGIN
  UPDATE acteon.work SET status = 'running', owner = who, fence = fence + 1, due_at = NULL, takeovers = takeovers + more
    WHERE pos = place RETURNING * INTO w;
  RETURN acteon.admission(w);
END $$;
