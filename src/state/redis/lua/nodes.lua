-- @include core.lua
-- What is told of nodes (`StateStore.nodes`).
--
-- KEYS[1]  what is global
-- ARGV[1]  now
-- result   {now, JSON, …}
local told = call('HVALS', base .. ':nodes')
table.insert(told, 1, n2s(now))
return told
