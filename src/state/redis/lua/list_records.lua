-- @include core.lua
-- Records of a kind by name (`StateStore.listRecords`).
--
-- KEYS[1]  what is global
-- ARGV[1]  kind, after, limit
-- result   {name, JSON, …}
local names = call('ZRANGEBYLEX', key('rn', asked.kind), asked.after == '' and '-' or '(' .. asked.after, '+', 'LIMIT', 0,
  asked.limit)
local found = {}
for i, name in ipairs(names) do
  found[2 * i - 1] = name
  found[2 * i] = call('HGET', key('r', asked.kind), name)
end
return found
