-- @include core.lua
-- What is stored under a key (`StateStore.entry`), unless its time is over.
--
-- KEYS[1]  the partition
-- ARGV[1]  now retention · entry
-- result   its row, or an empty one
local k = key('e', asked.entry)
local known = call('HMGET', k, 'pos', 'settled', 'dl')
if not known[1] and known[2] and not known[3] and tonumber(known[2]) + asked.retention <= now then return {} end
return call('HGETALL', k)
