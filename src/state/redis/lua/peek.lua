-- @include core.lua
-- @include gates.lua
-- What gates would say now (`StateStore.peek`); takes nothing.
--
-- KEYS[1]  the partition
-- ARGV[1]  now retention · entry (or absent: one that is new), gates
-- result   {the JSON list of what they say}
local entry = asked.entry and row_at(key('e', asked.entry))
local is_known = entry
  and not (not entry.pos and entry.settled and not entry.dl and tonumber(entry.settled) + asked.retention <= now)
return { Gates.traces((Gates.check(asked.gates, is_known and entry.seq or nil, true))) }
