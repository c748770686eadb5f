-- Removes the event log of another server, when tables were restored in this one: its positions are numbers of that
-- server's transactions, and would stand in front of all that comes here. Readers who stood there are told that frames are
-- lost. What a server's own transactions wrote is always from before the snapshot that sees it.
CREATE OR REPLACE FUNCTION acteon.own_log() RETURNS void LANGUAGE sql AS $$
  DELETE FROM acteon.frame WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
  UPDATE acteon.frame_floor SET xid = '0', pos = 0 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
$$;
