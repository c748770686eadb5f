-- @include core.lua
-- Open groups of a public name, the newest first, with those that wait (`StateStore.group`).
--
-- KEYS[1]  the partition
-- ARGV[1]  gname (hash of the public name)
-- result   {row, {member, …}}, …
local found = {}
for i, suffix in ipairs(call('ZREVRANGE', key('gn', asked.gname), 0, -1)) do
  found[i] = { call('HGETALL', key('g', suffix)), call('LRANGE', key('gm', suffix), 0, -1) }
end
return found
