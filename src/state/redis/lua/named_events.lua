-- @include core.lua
-- Events of a fingerprint that are still kept (`StateStore.event`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now · fph (hash of the fingerprint)
-- result   row, …
local found = {}
for _, suffix in ipairs(call('SMEMBERS', key('vf', asked.fph))) do
  local kept = tonumber(call('HGET', key('v', suffix), 'kept'))
  if not kept or kept > now then found[#found + 1] = call('HGETALL', key('v', suffix)) end
end
return found
