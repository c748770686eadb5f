-- @include core.lua
-- Rows by their names.
--
-- KEYS[1]  the partition
-- ARGV[1]  kind (of their keys), names
-- result   the row of each, or an empty one
local rows = {}
for i, name in ipairs(asked.names) do rows[i] = call('HGETALL', key(asked.kind, name)) end
return rows
