-- Removes an event with all that belongs to it.
CREATE OR REPLACE FUNCTION acteon.forget_event(number bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM acteon.event WHERE id = number;
  DELETE FROM acteon.event_terms WHERE id = number;
  DELETE FROM acteon.event_label WHERE event = number;
  DELETE FROM acteon.history WHERE event = number;
END $$;
