-- @include core.lua
-- The history of an event that is still kept (`StateStore.history`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now · event
-- result   JSON of each version
local kept = tonumber(call('HGET', key('v', asked.event), 'kept'))
if kept and kept <= now then return {} end
return call('LRANGE', key('vh', asked.event), 0, -1)
