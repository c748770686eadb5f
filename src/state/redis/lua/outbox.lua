-- @include core.lua
-- What no relay has acknowledged yet, oldest first (`StateStore.outbox`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now · limit
-- result   as XRANGE gives them
return call('XRANGE', base .. ':out', '-', '+', 'COUNT', asked.limit) or {}
